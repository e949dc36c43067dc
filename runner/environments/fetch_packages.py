"""Fetches the files that a lock pins, and runs none of them: `python -I fetch_packages.py FOLDER < wanted.json`.

pip's own finder reads pip's own configuration (indexes, proxies, certificates, passwords) and chooses the file that
`pip install` would choose. `pip download` would do for wheels; of a source package it runs the code to ask for its name.
"""

import hashlib
import json
import os
import re
import sys
from typing import NoReturn

from pip._internal.commands import create_command
from pip._internal.models.format_control import FormatControl
from pip._internal.models.link import Link
from pip._internal.models.target_python import TargetPython
from pip._internal.network.utils import HEADERS, raise_for_status, response_chunks
from pip._internal.utils.hashes import Hashes
from pip._internal.utils.logging import setup_logging
from pip._vendor.packaging.markers import InvalidMarker, Marker
from pip._vendor.packaging.specifiers import SpecifierSet
from pip._vendor.packaging.utils import canonicalize_name

# As it may be in a command line and in a file of requirements.
FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._!+-]*")
CHUNK = 1 << 20


def main():
    wanted, folder = json.load(sys.stdin), sys.argv[1]
    setup_logging(verbosity=0, no_color=True, user_log_file=None)
    command = create_command("download")
    options, _ = command.parse_args(wanted["options"])
    # What a user's pip.conf says of anything but where packages are must not choose other files.
    options.format_control, options.prefer_binary, options.pre = FormatControl(set(), set()), False, False
    with command.main_context():
        session = command.get_default_session(options)  # pyright: ignore[reportAttributeAccessIssue] (of pip's own subclass)
        finder = command._build_package_finder(  # pyright: ignore[reportAttributeAccessIssue] (of pip's own subclass)
            options=options, session=session, target_python=TargetPython(), ignore_requires_python=False
        )
        found = [fetch(each, finder, session, folder) for each in wanted["requirements"] if applies(each)]
    with open(os.path.join(folder, "fetched.json"), "w", encoding="utf-8") as out:
        json.dump(found, out)


def applies(requirement):
    marker = requirement.get("marker")
    try:
        return not marker or Marker(marker).evaluate({"extra": ""})
    except InvalidMarker as error:
        fail(requirement, f"its marker can't be read: {error}")


def fetch(requirement, finder, session, folder):
    link = link_of(requirement, finder)
    if not FILE.fullmatch(link.filename):
        fail(requirement, f"it is in a file with the odd name {link.filename!r}")
    kind = "wheel" if link.is_wheel else "source"
    digest = download(link, session, os.path.join(folder, link.filename))
    if digest not in requirement["hashes"]:
        fail(requirement, f"{link.filename} has the SHA-256 {digest}, which the lock does not name")
    print(f"fetched {link.filename}", flush=True)
    return {"name": requirement["name"], "file": link.filename, "kind": kind, "sha256": digest}


def link_of(requirement, finder):
    if "url" in requirement:
        return Link(requirement["url"])
    specifier = SpecifierSet(requirement["specifier"])
    hashes = Hashes({"sha256": requirement["hashes"]})
    best = finder.find_best_candidate(requirement["name"], specifier, hashes).best_candidate
    if best is None:
        fail(requirement, "no index or folder that pip knows has a file of it for this Python")
    if canonicalize_name(best.name) != canonicalize_name(requirement["name"]):
        fail(requirement, f"the index answered with {best.name!r}")
    return best.link


def download(link, session, path):
    answer = session.get(link.url_without_fragment, headers=HEADERS, stream=True)
    raise_for_status(answer)
    digest = hashlib.sha256()
    with open(path, "xb") as out:
        for chunk in response_chunks(answer, CHUNK):
            out.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def fail(requirement, why) -> NoReturn:
    sys.exit(f"{requirement['name']}{requirement.get('specifier', '')}: {why}")


main()
