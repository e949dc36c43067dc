import json
import subprocess
import sys
import tempfile
from pathlib import Path


def case(make):
    folder = Path(tempfile.mkdtemp(dir=make.file("shards", "").parent))
    asked = json.dumps([str(make.model()), str(folder), 5, 2])
    subprocess.run([sys.executable, str(Path(__file__).parent / "train_shards.py"), asked], check=True, timeout=300)
    return {"inputs": {"shards": folder}, "params": {"file_size": 4000}}
