"""Writes a trace: a hash chain over what a training computes, step by step.

    trace = TraceWriter("trace.jsonl", ["batch", "gradient", "loss", "optimizer", "parameters"])
    for step, batch in enumerate(batches, start=1):
        trace.capture("batch", batch)                        # {name: tensor}; copied now, hashed later
        loss = train_on(batch)
        trace.capture("gradient", gradients_of(model))       # before they are clipped
        optimizer.step()
        trace.capture("parameters", dict(model.named_parameters()))
        trace.step(step, loss=loss)
    trace.close()

What is large is copied, and hashed by another process while training goes on.
Tracing reads and copies, and draws no random number: with it or without,
training computes the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .canonical import canonical_line
from .tensor_digest import as_tensor, json_digest, tensor_leaf
from .trace_chain import Tail, float_bits, header_of, tail_at
from .trace_channel import TraceChannel

if TYPE_CHECKING:
    from .snapshot import Layout

# Bytes from which copying and sending beats hashing at once.
_WORTH_SENDING = 64 << 10


class TraceWriter:
    """Owns the trace and the process that writes it. One line a step, in order.

    Args:
        path: the trace.
        parts: names that every `capture` is checked against; they stand in the header.
        after: go on after this tail of an earlier trace; what the file holds beyond it is dropped.
    """

    def __init__(self, path: str | Path, parts: Iterable[str], after: Tail | None = None) -> None:
        self._parts = frozenset(parts)
        self._captured: dict[str, dict[str, Any]] = {}
        self._names: dict[str, list[Iterable[str]]] = {}
        self._layouts: dict[str, Layout] = {}
        header = header_of(self._parts)
        self._next = 1 if after is None else after.step + 1
        with open(path, "ab") as file:
            file.truncate(0 if after is None else after.size)
            if after is None:
                file.write(canonical_line(header).encode() + b"\n")
        self._channel = TraceChannel(path, header["chain"] if after is None else after.chain)

    @classmethod
    def resume(cls, path: str | Path, parts: Iterable[str], step: int) -> TraceWriter:
        """Go on after `step` of a trace that is there; torn and later lines are dropped."""
        return cls(path, parts, tail_at(path, step))

    def capture(self, part: str, value: Any) -> None:
        """Note a part of the coming line: named tensors, or a JSON value.

        Tensors are copied, or hashed if they are small, before this returns. Those of further calls join those of the
        first (the batches of an accumulated step); their names must differ.
        """
        if part not in self._parts:
            raise ValueError(f"{part!r} is no part of this trace; it has {sorted(self._parts)}")
        layout = self._layouts.get(part)
        if layout is not None and layout.fits(value):
            # The short way, for what is large and the same in every step.
            entry = self._entry(part, layout.names)
            entry["blocks"].append(self._channel.copied(layout, value))
        elif not is_tensors(value):
            self._captured[part] = {"json": json_digest(value)}
        elif sum(each.nbytes for each in value.values()) < _WORTH_SENDING:
            leaves = [(name, tensor_leaf(name, each)) for name, each in value.items()]
            self._entry(part, tuple(value))["leaves"] += leaves
        else:
            tensors = {name: as_tensor(each) for name, each in value.items()}
            layout = self._layouts[part] = new_layout(tensors)
            self._entry(part, layout.names)["blocks"].append(self._channel.copied(layout, tensors))

    def step(self, step: int, **scalars: float) -> None:
        """Finish the line of a step. Scalars are Python floats, kept bit for bit."""
        if step != self._next:
            raise ValueError(f"the trace is at step {self._next}, not {step}")
        self._next += 1
        bits = {name: float_bits(value) for name, value in scalars.items()}
        self._channel.ask({"step": step, "parts": self._captured, "scalars": bits})
        self._captured, self._names = {}, {}

    def go_to(self, step: int, chain: str | None) -> None:
        """The next line follows `step` of a trace that had this chain there (None: the header). For replays of segments."""
        self._next = step + 1
        self._channel.ask({"chain": chain or header_of(self._parts)["chain"]})

    def flush(self) -> str:
        """Wait until every line is in the file; the chain of the last."""
        return self._channel.wait()

    def close(self) -> None:
        """Write what waits, and end. Harmless to call twice."""
        self._channel.close()

    def _entry(self, part: str, names: Iterable[str]) -> dict[str, Any]:
        """What was captured of a part in this step."""
        known = self._names.setdefault(part, [])
        if any(not set(names).isdisjoint(others) for others in known):
            raise ValueError(f"two tensors of {part!r} have the same name")
        known.append(names)
        return self._captured.setdefault(part, {"blocks": [], "leaves": []})


def new_layout(tensors: Mapping[str, Any]) -> Layout:
    from .snapshot import Layout

    return Layout(tensors)


def is_tensors(value: Any) -> bool:
    """Named torch tensors or numpy arrays, as opposed to a JSON value."""
    return isinstance(value, Mapping) and len(value) > 0 and all(hasattr(each, "dtype") for each in value.values())
