"""NaN and infinities: how they are written down, and where they are found. Importing this imports the standard library only.

JSON has no such numbers, so files of the contract spell them as the strings
"NaN", "Infinity" and "-Infinity" (stages/METRICS.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .failure import StageFailure

_SPELLINGS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def spelt(number: float) -> float | str:
    """The number itself, or the string that stands for it where JSON has none."""
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def read_back(value: Any) -> Any:
    """The number that `spelt` wrote; any other value as it is."""
    return _SPELLINGS.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True)
class Finding:
    """A tensor that holds numbers which are none."""

    name: str
    nan: int
    infinite: int
    size: int

    def __str__(self) -> str:
        kinds = [f"{count} {kind}" for count, kind in ((self.nan, "NaN"), (self.infinite, "infinite")) if count]
        count = self.nan + self.infinite
        share = f"all {self.size}" if count == self.size else f"{count} of the {self.size}"
        return f"{share} numbers of {self.name} are not finite ({', '.join(kinds)})"


def are_finite(tensors: Iterable[Any]) -> bool:
    """Whether every number is finite, in one pass over the tensors and one look at the result.

    A sum is NaN or infinite when any of its terms is, in whatever order it is taken, and is the fastest reduction that
    torch has. Finite numbers may add up to an infinity, too; only then is each looked at.
    """
    import torch

    floating = [each.detach() for each in tensors if each.is_floating_point()]
    if not floating or all(math.isfinite(total) for total in _sums(floating)):
        return True
    return all(bool(torch.isfinite(each).all()) for each in floating)


def findings(tensors: Iterable[tuple[str, Any]]) -> Iterator[Finding]:
    """The named tensors that hold NaN or infinities, in their order, with the counts."""
    for name, tensor in tensors:
        if not are_finite([tensor]):
            nan, infinite = (int(count) for count in (tensor.isnan().sum(), tensor.isinf().sum()))
            yield Finding(name, nan, infinite, tensor.numel())


def refuse_nonfinite(model: Any, what: str) -> None:
    """Raise `StageFailure` when a model's weights are not all finite, or one of its buffers holds a NaN.

    An infinity in a buffer may be meant: masks are made of them.
    """
    weights = dict(model.named_parameters())
    buffers = {name: each for name, each in model.named_buffers() if each.is_floating_point()}
    if are_finite([*weights.values(), *buffers.values()]):
        return
    found = [*findings(weights.items()), *(each for each in findings(buffers.items()) if each.nan)]
    if found:
        more = f", and {len(found) - 1} more of its tensors hold such numbers" if len(found) > 1 else ""
        raise StageFailure(f"{what} can't be used: {found[0]}{more}.")


def _sums(tensors: list[Any]) -> list[float]:
    import torch

    by_device: dict[Any, list[Any]] = {}
    for each in tensors:
        by_device.setdefault(each.device, []).append(each.sum(dtype=torch.float32 if each.element_size() < 4 else None))
    return [float(torch.stack([total.float() for total in totals]).sum()) for totals in by_device.values()]
