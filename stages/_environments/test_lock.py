import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.fixture
def lock():
    spec = importlib.util.spec_from_file_location("repro_lock", FOLDER / "lock.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", ["cpu.lock.txt", "cuda.lock.txt", "test.lock.txt"])
def test_every_package_has_a_hash_for_every_python(lock, file):
    packages = lock.parse(FOLDER / file)
    assert packages and lock.holes(file, packages) == []


def test_locks_differ_in_torchs_build_only(lock):
    cpu, cuda = lock.parse(FOLDER / "cpu.lock.txt"), lock.parse(FOLDER / "cuda.lock.txt")
    assert lock.drift(cpu, cuda) == []
    assert (cpu["torch"][0], cuda["torch"][0]) == ("2.13.0+cpu", "2.13.0")
    more = set(cuda) - set(cpu)
    assert more and all(name == "triton" or name.startswith(("nvidia-", "cuda-")) for name in more)


def test_a_missing_wheel_is_named(lock, tmp_path):
    text = (FOLDER / "cpu.lock.txt").read_text("utf-8")
    start = text.index("#   numpy-2.4.6-cp311")
    entry = text[start : text.index("\n\n", start)]
    only_311 = [line for line in entry.splitlines() if "cp312" not in line]
    del only_311[-1]  # the hash of the cp312 wheel: hashes stand in the order of the comments
    (tmp_path / "lock.txt").write_text("\n".join(only_311).rstrip(" \\") + "\n", "utf-8")
    assert lock.holes("x", lock.parse(tmp_path / "lock.txt")) == ["x: no usable hash for numpy 2.4.6 on Python 3.12"]


def test_what_has_to_be_installed_first_comes_first(lock):
    text = (FOLDER / "cpu.lock.txt").read_text("utf-8")
    above = text[: text.index(lock.MARK)]
    assert "setuptools==" in above and above.count("--hash") == 1


def test_no_lock_names_a_place_or_a_test_package():
    for file in ("cpu.lock.txt", "cuda.lock.txt", "test.lock.txt"):
        text = (FOLDER / file).read_text("utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text
        assert file == "test.lock.txt" or "pytest" not in text
