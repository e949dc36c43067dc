"""The content digest of named tensors: which bits, whatever file or layout they lie in.

    leaf = SHA-256("t1\\0" name "\\0" dtype "\\0" shape "\\0" bytes)       shape: 64,128; a scalar's is empty
    root = SHA-256("m1\\0" and for each leaf, by UTF-8 name: name "\\0" leaf-hex "\\n")

`dtype` is torch's name without the prefix (float32, bfloat16, int64, bool); the
bytes are little-endian, row-major. A new header, shard or file order changes
nothing here; one bit of one weight does. stages/TRACE.md has the format.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .canonical import canonical_line


def leaf_prefix(name: str, dtype: str, shape: Sequence[int]) -> bytes:
    """What stands before a tensor's bytes in its leaf."""
    if "\0" in name or "\n" in name:
        raise ValueError(f"the tensor name {name!r} holds a separator")
    return f"t1\0{name}\0{dtype}\0{','.join(map(str, shape))}\0".encode()


def leaf_digest(prefix: bytes, data: Any) -> str:
    """Hex digest of one leaf; `data` is any buffer of bytes."""
    digest = hashlib.sha256(prefix)
    digest.update(data)
    return digest.hexdigest()


def root_digest(leaves: Iterable[tuple[str, str]]) -> str:
    """Hex digest over (name, leaf hex) pairs, which must come sorted by name."""
    digest = hashlib.sha256(b"m1\0")
    digest.update("".join(f"{name}\0{leaf}\n" for name, leaf in leaves).encode())
    return digest.hexdigest()


def tensors_digest(tensors: Mapping[str, Any]) -> str:
    """The root digest of torch tensors or numpy arrays by name. On a GPU they are copied first."""
    return root_digest((name, tensor_leaf(name, tensors[name])) for name in sorted(tensors))


def tensor_leaf(name: str, tensor: Any) -> str:
    """The leaf digest of one torch tensor or numpy array."""
    tensor = as_tensor(tensor)
    return leaf_digest(leaf_prefix(name, dtype_name(tensor), tensor.shape), tensor_bytes(tensor))


def json_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value that is no tensor."""
    return hashlib.sha256(canonical_line(value).encode()).hexdigest()


def tree_digest(path: str | Path) -> str:
    """SHA-256 over a file, or over the names and digests of all files of a folder."""
    path = Path(path)
    if path.is_dir():
        return json_digest(
            {str(file.relative_to(path)): file_digest(file) for file in path.rglob("*") if file.is_file()}
        )
    return file_digest(path)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tensor_bytes(tensor: Any) -> memoryview:
    """The bytes of a torch tensor: little-endian, row-major, on the host."""
    import torch

    if sys.byteorder != "little":
        raise OSError("tensor digests are defined on little-endian machines only")
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    return memoryview(flat.view(torch.uint8).numpy())


def as_tensor(value: Any) -> Any:
    """A torch tensor as it is, a numpy array as one that shares its memory."""
    import torch

    return value if isinstance(value, torch.Tensor) else torch.from_numpy(value)


def dtype_name(tensor: Any) -> str:
    """`float32` for `torch.float32`."""
    return str(tensor.dtype).removeprefix("torch.")
