"""Randomness that depends on what is drawn, not on when it is drawn."""

from __future__ import annotations

import hashlib

_BYTES_PER_NUMBER = 8


def sample_seed(run_seed: int, *parts: object) -> int:
    """A 63-bit seed for one thing that is drawn at random.

    `parts` name the thing, e.g. `sample_seed(seed, step, problem_id, sample)`.
    The result is a pure function of them (SHA-256), so a sample doesn't change
    with its batch, its order, or the process that draws it. Only int and str
    are allowed: what prints differently elsewhere would seed differently there.
    """
    digest = hashlib.sha256()
    for part in (run_seed, *parts):
        digest.update(_tagged(part))
    return int.from_bytes(digest.digest()[:8], "big") >> 1


def uniforms(seed: int, count: int):
    """`count` float64 numbers in [0, 1) as a numpy array, 53 random bits each.

    SHAKE-128 of the seed is the stream: no library's generator is involved, so
    no library's release can change it. A longer draw extends a shorter one.
    """
    import numpy

    stream = hashlib.shake_128(f"repro.uniforms.1:{seed}".encode()).digest(_BYTES_PER_NUMBER * count)
    return (numpy.frombuffer(stream, dtype="<u8") >> 11) * (2.0**-53)


def _tagged(part: object) -> bytes:
    if isinstance(part, bool) or not isinstance(part, (int, str)):
        raise TypeError(f"a seed is made of int and str, not {type(part).__name__}")
    text = str(part).encode()
    kind = b"i" if isinstance(part, int) else b"s"
    return kind + str(len(text)).encode() + b":" + text
