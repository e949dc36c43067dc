"""Laid into a copy of a recorded SDK by `repro bisect`: writes down, as tensors, what a range's last step looked at.

It listens at the trace's own two methods and changes nothing that is computed. That is checked and not believed: the
step counts as done again only if its line in the trace, hash chain and all, is the recorded one.

    outputs/boundaries/looked-at/00000007/gradient.safetensors      named tensors of a part of that line
    outputs/boundaries/looked-at/00000007/cursor.json               a part that is no tensors
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from . import trace  # pyright: ignore[reportAttributeAccessIssue, reportMissingImports] (in a copy of the recorded SDK)

_ROOM = Path("outputs/boundaries/looked-at")


def _last_steps():
    try:
        request = json.loads(Path(os.environ["REPRO_REQUEST"]).read_text("utf-8"))
        return {each["after"] + each["steps"] for each in request["segments"]["ranges"]}
    except (KeyError, OSError, ValueError):
        return set()


_wanted = _last_steps()
_seen = {}
_next = 1


def _listen(writer):
    capture, step, go_to = writer.capture, writer.step, writer.go_to

    def listened_capture(self, part, value):
        if _next in _wanted:
            _keep(part, value)
        return capture(self, part, value)

    def listened_step(self, number, **scalars):
        global _next
        if number in _wanted:
            _write(number)
        _seen.clear()
        _next = number + 1
        return step(self, number, **scalars)

    def listened_go_to(self, number, *rest):
        global _next
        _seen.clear()
        _next = number + 1
        return go_to(self, number, *rest)

    writer.capture, writer.step, writer.go_to = listened_capture, listened_step, listened_go_to


def _keep(part, value):
    if _is_tensors(value):
        _seen.setdefault(part, {}).update({name: _copy(each) for name, each in value.items()})
    else:
        _seen[part] = value


def _is_tensors(value):
    """Of the SDK nothing is used but its two methods, so that one of another day can be listened to as well."""
    return isinstance(value, Mapping) and len(value) > 0 and all(hasattr(each, "dtype") for each in value.values())


def _copy(value):
    import torch

    tensor = value if torch.is_tensor(value) else torch.from_numpy(value)
    return tensor.detach().cpu().contiguous().clone()


def _write(step):
    folder = _ROOM / f"{step:08d}"
    folder.mkdir(parents=True, exist_ok=True)
    for part, value in _seen.items():
        if _is_tensors(value):
            from safetensors.torch import save_file

            save_file(value, folder / f"{part}.safetensors")
        else:
            (folder / f"{part}.json").write_text(json.dumps(value, sort_keys=True) + "\n", "utf-8")


_listen(trace.TraceWriter)
