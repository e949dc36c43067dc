"""What a stage program needs, and nothing it doesn't.

Importing this package imports the standard library only. Modules that need
torch (`determinism`, `model_files`, `sampling`) import it when they are used.
"""

from .canonical import read_jsonl, write_json, write_jsonl
from .failure import StageFailure
from .main import run_stage
from .seeds import sample_seed, uniforms
from .stage import Stage

__all__ = [
    "Stage",
    "StageFailure",
    "read_jsonl",
    "run_stage",
    "sample_seed",
    "uniforms",
    "write_json",
    "write_jsonl",
]
