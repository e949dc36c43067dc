"""The states of all random number generators as named tensors. Importing this imports torch."""

from __future__ import annotations

import functools
import random
from collections.abc import Mapping
from typing import Any

import numpy
import torch

from .failure import StageFailure

_PYTHON_VERSION = 3


def random_states() -> dict[str, torch.Tensor]:
    """Python's, numpy's and torch's generators (each GPU's, too), as they are now.

    python/words int64 (625,), numpy/words int64 (624,), torch/cpu uint8 (5056,), torch/cuda/N uint8 (16,).
    """
    version, words, gauss = random.getstate()
    if version != _PYTHON_VERSION:
        raise StageFailure(f"Python's random state has version {version}; this SDK knows {_PYTHON_VERSION}.")
    legacy: Any = numpy.random.get_state(legacy=True)
    _, keys, position, has_gauss, cached = legacy
    states = {
        "python/words": _words(words),
        "numpy/words": torch.from_numpy(keys.astype(numpy.int64)),
        "numpy/position": torch.tensor([position, has_gauss]),
        "numpy/gauss": torch.tensor([cached], dtype=torch.float64),
        "torch/cpu": torch.random.get_rng_state(),
    }
    if gauss is not None:
        states["python/gauss"] = torch.tensor([gauss], dtype=torch.float64)
    if torch.cuda.is_available():
        states |= {f"torch/cuda/{i}": state for i, state in enumerate(torch.cuda.random.get_rng_state_all())}
    return states


@functools.lru_cache(maxsize=1)
def _words(words: tuple[int, ...]) -> torch.Tensor:
    # Asked in every step, and most often nobody drew.
    return torch.from_numpy(numpy.array(words, dtype=numpy.int64))


def set_random_states(states: Mapping[str, Any]) -> None:
    """Put back what `random_states` gave."""
    gauss = states["python/gauss"].item() if "python/gauss" in states else None
    random.setstate((_PYTHON_VERSION, tuple(states["python/words"].tolist()), gauss))
    position, has_gauss = states["numpy/position"].tolist()
    keys = states["numpy/words"].numpy().astype(numpy.uint32)
    numpy.random.set_state(("MT19937", keys, position, has_gauss, states["numpy/gauss"].item()))
    torch.random.set_rng_state(states["torch/cpu"])
    for name, state in states.items():
        if name.startswith("torch/cuda/"):
            torch.cuda.random.set_rng_state(state, int(name.rsplit("/", 1)[1]))
