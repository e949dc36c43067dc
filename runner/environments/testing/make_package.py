"""`make_package.py FOLDER wheel|source NAME < {"path": "text"}`: a package of these files; prints its SHA-256."""

import hashlib
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

BACKEND = """
import os, zipfile
%s
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "%s-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("%s.py", "SEEN = " + repr(globals().get("SEEN")))
        wheel.writestr("%s-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: %s\\nVersion: 1.0\\n")
        wheel.writestr("%s-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("%s-1.0.dist-info/RECORD", "")
    return name
"""


def main():
    folder, kind, name = sys.argv[1:4]
    files = json.load(sys.stdin)
    info = f"{name}-1.0.dist-info"
    if kind == "wheel":
        file = Path(folder, f"{name}-1.0-py3-none-any.whl")
        files |= {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/RECORD": "",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(file, "w") as wheel:
            for path, text in sorted(files.items()):
                wheel.writestr(zipfile.ZipInfo(path), text)
    else:
        file = Path(folder, f"{name}-1.0.tar.gz")
        hook = files.pop("hook")
        files |= {
            "PKG-INFO": f"Metadata-Version: 1.0\nName: {name}\nVersion: 1.0\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "be"\nbackend-path = ["."]\n',
            "be.py": BACKEND % (hook, *[name] * 6),
        }
        with tarfile.open(file, "w:gz") as archive:
            for path, text in sorted(files.items()):
                member = tarfile.TarInfo(f"{name}-1.0/{path}")
                member.size = len(text.encode())
                archive.addfile(member, io.BytesIO(text.encode()))
    print(hashlib.sha256(file.read_bytes()).hexdigest())


main()
