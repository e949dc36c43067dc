"""Runs one stage program as the runner does, in a scratch directory made per the contract, without the runner."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

STAGES = Path(__file__).resolve().parent.parent
_LEFT_OUT = shutil.ignore_patterns("test_*.py", "tests", "__pycache__", "*.pyc", ".*")
_LIMIT_SECONDS = 600
# What the runner sets for one CPU and no GPU: runner/identity/determinism-contract.ts, name for name (test_rig.py compares).
CONTRACT = {
    "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
    "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "AVX2", "OPENBLAS_CORETYPE": "Haswell",
    "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_DYNAMIC": "FALSE", "MKL_DYNAMIC": "FALSE",
    "REPRO_GPUS": "0",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8", "CUDA_DEVICE_ORDER": "PCI_BUS_ID", "NVIDIA_TF32_OVERRIDE": "0",
    "TORCHINDUCTOR_DETERMINISTIC": "1", "FLASH_ATTENTION_DETERMINISTIC": "1",
    "NCCL_ALGO": "Ring", "NCCL_PROTO": "Simple", "NCCL_NVLS_ENABLE": "0", "NCCL_COLLNET_ENABLE": "0",
    "NCCL_MIN_NCHANNELS": "8", "NCCL_MAX_NCHANNELS": "8",
    "VLLM_BATCH_INVARIANT": "1", "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
}  # fmt: skip


@dataclass(frozen=True)
class Finished:
    """What a stage program left behind."""

    code: int
    stderr: str
    scratch: Path

    def output(self, name: str) -> Path:
        return self.scratch / "outputs" / name

    def json(self, name: str) -> Any:
        return json.loads(self.output(name).read_text("utf-8"))

    def rows(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output(name).read_text("utf-8").splitlines()]

    def digests(self) -> dict[str, str]:
        """Of every output file, values, metrics and trace: what must be the same every time."""
        kept = (self.scratch / name for name in ("values.json", "metrics.jsonl", "trace.jsonl"))
        files = [*self.scratch.glob("outputs/**/*"), *kept]
        return {
            str(f.relative_to(self.scratch)): hashlib.sha256(f.read_bytes()).hexdigest()
            for f in sorted(files)
            if f.is_file()
        }


def contract(kind: str) -> dict[str, Any]:
    return yaml.safe_load((STAGES / kind / "stage.yaml").read_text("utf-8"))


def kinds() -> list[str]:
    """Every folder with a stage.yaml, and none by heart."""
    return sorted(file.parent.name for file in STAGES.glob("*/stage.yaml"))


def run_kind(
    kind: str,
    scratch: Path,
    params: dict[str, Any] | None = None,
    inputs: dict[str, Path] | None = None,
    seed: int = 42,
    environment: dict[str, str] | None = None,
    outputs: tuple[str, ...] = (),
    wrapper: tuple[str, ...] = (),
) -> Finished:
    """Run `kind` once. `outputs` are further ones (kind `command`), `wrapper` stands before the command (faketime)."""
    request = prepare(kind, scratch, params, inputs, seed, outputs)
    answer = subprocess.run(
        [*wrapper, *filled_command(contract(kind)["command"], request)],
        cwd=scratch, env={**base_environment(scratch), **(environment or {})},
        capture_output=True, text=True, timeout=_LIMIT_SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Finished(answer.returncode, answer.stderr, scratch)


def prepare(
    kind: str,
    scratch: Path,
    params: dict[str, Any] | None = None,
    inputs: dict[str, Path] | None = None,
    seed: int = 42,
    outputs: tuple[str, ...] = (),
    segments: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Make a scratch directory with everything a stage program needs; the request that is in it.

    With `segments` only those steps are asked for, and of the outputs only `boundaries`.
    """
    lay_out(kind, scratch, inputs or {})
    request = request_for(contract(kind), params or {}, inputs or {}, seed, outputs)
    if segments:
        request = {**request, "outputs": {"boundaries": "outputs/boundaries"}, "values": {}, "segments": segments}
    (scratch / "request.json").write_text(json.dumps(request), "utf-8")
    return request


def lay_out(kind: str, scratch: Path, inputs: dict[str, Path]) -> None:
    for folder in ("inputs", "outputs", "tmp", "resume"):
        (scratch / folder).mkdir(parents=True)
    shutil.copytree(STAGES / kind, scratch / "stage", ignore=_LEFT_OUT)
    shutil.copytree(STAGES / "_sdk", scratch / "sdk", ignore=_LEFT_OUT)
    for name, path in inputs.items():
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, scratch / "inputs" / name)


def request_for(
    stage: dict[str, Any], params: dict[str, Any], inputs: dict[str, Path], seed: int, outputs: tuple[str, ...]
):
    declared = stage.get("params") or {}
    missing = [name for name, param in declared.items() if name not in params and "default" not in param]
    unknown = sorted(set(params) - set(declared))
    if missing or unknown:
        raise ValueError(f"{stage['kind']}: params without a value {missing}, not declared {unknown}")
    request = {
        "contract": 1,
        "stage": stage["kind"],
        "kind": stage["kind"],
        "params": {name: params.get(name, param.get("default")) for name, param in declared.items()},
        "inputs": {name: f"inputs/{name}" for name in inputs},
        "outputs": {name: f"outputs/{name}" for name in (*(stage.get("outputs") or {}), *outputs)},
        "values": {name: value["type"] for name, value in (stage.get("values") or {}).items()},
        "files": {"values": "values.json", "effective": "effective.json"}
        | {name: f"{name}.jsonl" for name in ("metrics", "trace", "progress")},
        "resume": "resume",
    }
    return {**request, "seed": seed} if stage.get("seed") else request


def filled_command(template: list[str], request: dict[str, Any]) -> list[str]:
    """The argv of a command template: the contract's few references, nothing more."""
    argv: list[str] = []
    for element in template:
        whole = re.fullmatch(r"\$\{params\.([\w-]+)\}", element)
        if whole and isinstance(request["params"][whole[1]], list):
            argv += [spelt(item) for item in request["params"][whole[1]]]
        else:
            argv.append(re.sub(r"\$\{([\w.-]+)\}", lambda match: spelt(looked_up(match[1], request)), element))
    return [sys.executable if argv[0] == "python" else argv[0], *argv[1:]]


def looked_up(reference: str, request: dict[str, Any]) -> Any:
    if reference == "stage":
        return "stage"
    if reference == "seed":
        return request["seed"]
    group, _, name = reference.partition(".")
    return request[group][name]


def spelt(value: Any) -> str:
    """As the contract writes values into an argv: JSON numbers without an exponent, true, false, plain strings."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".12f").rstrip("0")
    return value if isinstance(value, str) else json.dumps(value)


def base_environment(scratch: Path) -> dict[str, str]:
    private = str(scratch / "tmp")
    return {
        **CONTRACT, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": private, "TMPDIR": private,
        "REPRO_REQUEST": str(scratch / "request.json"), "PYTHONPATH": str(scratch / "sdk"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def from_stage(kind: str, module: str) -> Any:
    """Import a module of a stage folder. Folders repeat names (main.py, report.py), so none stays in sys.modules."""
    folder = str(STAGES / kind)
    known = set(sys.modules)
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder):
                del sys.modules[name]
