"""The tensors that the ranks of an FSDP training hold together.

A shard is a pickle. It is read with torch's own reader for weights, which
builds tensors and what is named here, and nothing else; its tensors stay in
the file until they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor._dtensor_spec import DTensorSpec, TensorMeta

from repro_sdk import StageFailure

_ALLOWED: list[Any] = [DTensor, DTensorSpec, TensorMeta, DeviceMesh, Shard, Replicate]
try:  # Newer versions of torch keep how a mesh is laid out in a class of its own.
    from torch.distributed._mesh_layout import _MeshLayout

    _ALLOWED.append(_MeshLayout)
except ImportError:
    pass


class Shards:
    """What each rank saved, opened together."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._ranks = [_loaded(file) for file in files]
        first, *others = (dict.fromkeys(rank) for rank in self._ranks)
        for file, names in zip(files[1:], others):
            if names != first:
                raise StageFailure(f"{file} holds other tensors than {files[0]}: they are not of one checkpoint.")

    def __enter__(self) -> Shards:
        return self

    def __exit__(self, *_: object) -> None:
        self._ranks = []

    def names(self) -> list[str]:
        return sorted(self._ranks[0])

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._ranks[0][name].shape)

    def size(self, name: str) -> int:
        """Elements."""
        return self._ranks[0][name].shape.numel()

    def merged(self, name: str) -> torch.Tensor:
        """The whole tensor: its parts one after the other, in the order of ranks."""
        parts = [rank[name] for rank in self._ranks]
        if not isinstance(parts[0], DTensor):
            return parts[0]
        dimension = self._dimension(name, parts)
        local = [part._local_tensor for part in parts]
        if dimension is None:
            return local[0]
        whole = torch.cat([each for each in local if each.numel()], dim=dimension)
        if whole.shape != parts[0].shape:
            raise StageFailure(
                f"{name} should be {list(parts[0].shape)}, but its {len(parts)} parts make {list(whole.shape)}: a shard is of "
                "another training."
            )
        return whole

    def _dimension(self, name: str, parts: Sequence[DTensor]) -> int | None:
        """Along which dimension a tensor was cut; None where every rank has all of it."""
        placements = {tuple(part.placements) for part in parts}
        (placed,) = placements if len(placements) == 1 else ((),)
        *outer, last = placed or (None,)
        if any(not isinstance(each, Replicate) for each in outer) or not isinstance(last, (Shard, Replicate)):
            raise StageFailure(
                f"{name} is placed as {placed}; only tensors that FSDP cuts in one dimension are merged."
            )
        if outer and parts[0].device_mesh.size(0) > 1:
            raise StageFailure(
                f"{name} is held {parts[0].device_mesh.size(0)} times over; merge the shards of one replica."
            )
        return last.dim if isinstance(last, Shard) else None


def _loaded(file: Path) -> dict[str, Any]:
    try:
        with torch.serialization.safe_globals(_ALLOWED):
            found = torch.load(file, map_location="cpu", mmap=True, weights_only=True)
    except Exception as error:  # torch raises several kinds, by what is wrong with the file.
        why = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise StageFailure(f"{file} can't be read as a shard of weights: {why}.") from None
    if not isinstance(found, dict) or not all(isinstance(each, torch.Tensor) for each in found.values()):
        raise StageFailure(f"{file} holds something else than named tensors.")
    return found
