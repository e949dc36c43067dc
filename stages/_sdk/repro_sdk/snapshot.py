"""Copies of named tensors in memory that two processes see. Importing this imports torch.

A training step changes weights in place, so what a digest is taken of must be
copied first. Copying takes a fifth of the time that hashing does, and only the
copy is on the critical path.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from typing import Any

import torch

from .tensor_digest import dtype_name, leaf_prefix

_ALIGNMENT = 64


class Layout:
    """Names, types and shapes of tensors, in the order in which they come."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self.names = tuple(tensors)
        self._shapes = [tensor.shape for tensor in tensors.values()]
        self._dtypes = [tensor.dtype for tensor in tensors.values()]
        self.size = 0
        self.leaves: list[tuple[str, bytes, int, int]] = []
        """Of each tensor: name, what its leaf begins with, and where its bytes lie."""
        for name, tensor in tensors.items():
            length = tensor.numel() * tensor.element_size()
            self.leaves.append((name, leaf_prefix(name, dtype_name(tensor), tensor.shape), self.size, length))
            self.size += -(-length // _ALIGNMENT) * _ALIGNMENT

    def fits(self, value: Any) -> bool:
        """Whether this is the layout of these tensors. Asked in every step, so it looks at no more than it must."""
        if not isinstance(value, Mapping) or self.names != tuple(value):
            return False
        return all(
            isinstance(tensor, torch.Tensor) and tensor.dtype is dtype and tensor.shape == shape
            for tensor, dtype, shape in zip(value.values(), self._dtypes, self._shapes)
        )

    def views(self, block: Any) -> list[Any]:
        """The tensors' places in a block of bytes."""
        spans = zip(self.leaves, self._dtypes, self._shapes)
        return [block[start : start + size].view(dtype).view(shape) for (_, _, start, size), dtype, shape in spans]


class SharedBlock:
    """Memory for one snapshot of a layout. `descriptor` is to be handed to the other process, and then closed."""

    def __init__(self, number: int, layout: Layout) -> None:
        self.number = number
        self.layout = layout
        self.descriptor = os.memfd_create("snapshot")
        os.ftruncate(self.descriptor, layout.size)
        self._memory = mmap.mmap(self.descriptor, layout.size)
        self._views = layout.views(torch.frombuffer(self._memory, dtype=torch.uint8))
        # The message that the other process must have answered before this may be written again.
        self.used_in = 0

    def fill(self, tensors: Mapping[str, Any]) -> None:
        """Copy the tensors here, from a GPU too; done when this returns."""
        with torch.no_grad():
            torch._foreach_copy_(self._views, list(tensors.values()))
