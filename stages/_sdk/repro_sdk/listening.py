"""Listening at a method of a trainer, without changing what it takes or gives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def _nothing(*_: Any, **__: Any) -> None: ...


def listen(
    owner: Any, name: str, before: Callable[..., None] = _nothing, after: Callable[[Any], None] = _nothing
) -> None:
    """From now on `before` gets the arguments of each call of `owner.name`, and `after` its result."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def listened(*args: Any, **kwargs: Any) -> Any:
        before(*args, **kwargs)
        result = method(*args, **kwargs)
        after(result)
        return result

    setattr(owner, name, listened)
