"""Every kind, run twice where hash seed, time zone, directory and time of day differ, gives the same bytes.

Kinds are found by their folders. Each has `tests/twice.py` with a function `case(make)` that returns tiny params and
inputs, or with `CANNOT_RUN = "why"`. A kind with neither fails here, by name.
"""

import importlib.util
import shutil

import pytest
from rig import STAGES, contract, kinds, run_kind

FIRST = {"PYTHONHASHSEED": "0", "TZ": "UTC"}
SECOND = {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
# With libfaketime every clock is ahead, without it only Python's `time` (later/sitecustomize.py).
FAKETIME = ("faketime", "-f", "+400d") if shutil.which("faketime") else ()
LATER = STAGES / "_testing" / "later"


@pytest.mark.parametrize("kind", kinds())
def test_twice_gives_the_same_bytes(kind, make, tmp_path):
    case = case_of(kind, make)
    first = run_kind(kind, tmp_path / "a", **case, environment=FIRST)
    assert first.code == 0, first.stderr
    there = tmp_path / "elsewhere" / "b"
    later = SECOND if FAKETIME else {**SECOND, "PYTHONPATH": f"{there / 'sdk'}:{LATER}"}
    second = run_kind(kind, there, **case, environment=later, wrapper=FAKETIME)
    assert second.code == 0, second.stderr
    promised = {f"outputs/{name}" for name in (contract(kind).get("outputs") or {})}
    assert all(any(path.startswith(name) for path in first.digests()) for name in promised)
    assert first.digests() == second.digests()


def case_of(kind, make):
    file = STAGES / kind / "tests" / "twice.py"
    if not file.exists():
        pytest.fail(
            f"stages/{kind} has no tests/twice.py: say how to run it twice, or why it can't be (stages/README.md)"
        )
    spec = importlib.util.spec_from_file_location("twice_" + kind.replace("-", "_"), file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if hasattr(module, "CANNOT_RUN"):
        pytest.skip(module.CANNOT_RUN)
    return module.case(make)
