"""The operations, by name, each a function without arguments that gives tensors.

A name says all that decides what is computed: operation, type, shapes. What goes in
comes from `numbers`, never from a random generator, except where the generator itself
is what is probed.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy
import torch
from torch.nn import functional

Operation = Callable[[], Any]
Named = tuple[str, Operation]
# A gradient is None where nothing reached it, and that would be digested, too.
Results = list[torch.Tensor | None]


@dataclass(frozen=True)
class Shapes:
    """Of the recipe that is probed for; all in elements."""

    tokens: int
    hidden_size: int
    intermediate_size: int
    heads: int
    head_dim: int
    vocabulary: int


class Battery:
    def __init__(self, shapes: Shapes, dtypes: list[str], seed: int) -> None:
        self.shapes = shapes
        self._dtypes = dtypes
        self._seed = seed
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.count = sum(1 for _ in self.operations())

    def operations(self) -> Iterator[Named]:
        """Lazily: nothing is computed before the operation is called."""
        yield from random_streams(self._seed, self._device)
        yield from mathematics()
        for name in self._dtypes:
            make = Maker(getattr(torch, name), self._device)
            for operation, compute in torch_operations(self.shapes, make):
                yield f"{operation} {name}", compute


class Maker:
    """Tensors of one type whose values every machine makes alike."""

    def __init__(self, dtype: torch.dtype, device: str) -> None:
        self.dtype = dtype
        self.device = device

    def __call__(self, label: str, *shape: int, grad: bool = False) -> torch.Tensor:
        values = torch.from_numpy(numbers(label, math.prod(shape)).reshape(shape))
        return values.to(self.device, self.dtype).requires_grad_(grad)


def numbers(label: str, count: int) -> numpy.ndarray:
    """`count` float32 in [-1, 1), multiples of 2**-15, by SHA-256 of the label. No float is ever computed."""
    size = 2 * count
    blocks = (hashlib.sha256(f"{label}:{i}".encode()).digest() for i in range(-(-size // 32)))
    integers = numpy.frombuffer(b"".join(blocks)[:size], dtype="<i2")
    return integers.astype(numpy.float32) / numpy.float32(2**15)


def digest_of(tensors: Any) -> str:
    """SHA-256 over the little-endian bytes of one array or several, one after another."""
    hash_ = hashlib.sha256()
    for tensor in tensors if isinstance(tensors, (list, tuple)) else [tensors]:
        hash_.update(_bytes(tensor))
    return hash_.hexdigest()


def _bytes(value: Any) -> bytes:
    if isinstance(value, torch.Tensor):
        flat = value.detach().cpu().contiguous().reshape(-1)
        return flat.view(torch.uint8).numpy().tobytes()
    return numpy.ascontiguousarray(value).tobytes()


def random_streams(seed: int, device: str) -> Iterator[Named]:
    """A seed must give the same numbers: the start of all randomness."""

    def torch_stream() -> Results:
        generator = torch.Generator(device=device).manual_seed(seed)
        here = {"generator": generator, "device": device}
        normal = torch.randn(4096, **here)
        return [normal, torch.rand(4096, **here), torch.randint(2**31, (4096,), **here), torch.randperm(4096, **here)]

    def multinomial() -> torch.Tensor:
        generator = torch.Generator(device=device).manual_seed(seed)
        weights = torch.from_numpy(numbers("weights", 64 * 128).reshape(64, 128)).abs().to(device)
        return torch.multinomial(weights, 16, replacement=True, generator=generator)

    def initialisation() -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.nn.init.normal_(torch.empty(128, 96, device=device), std=0.02)

    yield "random torch", torch_stream
    yield "random multinomial", multinomial
    yield "random initialisation", initialisation
    yield "random numpy", lambda: numpy.random.Generator(numpy.random.PCG64(seed)).standard_normal(4096)
    yield "random python", lambda: numpy.array([random.Random(seed).random() for _ in range(64)])


def mathematics() -> Iterator[Named]:
    """The C library and numpy, which the contract does not cap."""
    values = [float(x) for x in numbers("libm", 4096)]
    array = numbers("numpy", 96 * 96).reshape(96, 96)
    for function in (math.exp, math.sin, math.cos, math.tanh, math.erf, math.log1p):
        yield f"libm {function.__name__}", lambda f=function: numpy.array([f(x) for x in values if x > -1])
    yield "numpy matmul", lambda: array @ array.T
    yield "numpy exp", lambda: numpy.exp(array)
    yield "numpy sum", lambda: array.sum(axis=0)


def torch_operations(shapes: Shapes, make: Maker) -> Iterator[Named]:
    n, hidden, inner = shapes.tokens, shapes.hidden_size, shapes.intermediate_size
    yield from products(n, make, [(hidden, hidden), (hidden, inner), (inner, hidden), (hidden, shapes.vocabulary)])
    yield from attention(shapes, make)
    yield from pointwise(n, hidden, make)
    yield "sum 1048576", lambda: make("sum", 2**20).sum()
    yield "norm 1048576", lambda: torch.linalg.vector_norm(make("norm", 2**20))
    yield from reinforcement(n, shapes.vocabulary, make)
    yield f"cross-entropy {n}x{shapes.vocabulary} backward", lambda: cross_entropy(n, shapes.vocabulary, make)
    yield f"embedding {shapes.vocabulary}x{hidden} backward", lambda: embedding(n, shapes.vocabulary, hidden, make)
    for fused in (False, True):
        words = "fused AdamW" if fused else "AdamW"
        yield f"{words} {hidden}x{inner} three steps", lambda fused=fused: adamw(hidden, inner, make, fused)


def products(n: int, make: Maker, sides: list[tuple[int, int]]) -> Iterator[Named]:
    """Matrix products as a linear layer makes them, forward and backward."""
    for k, m in dict.fromkeys(sides):

        def compute(k: int = k, m: int = m) -> Results:
            x, weight = make("x", n, k, grad=True), make("weight", m, k, grad=True)
            y = functional.linear(x, weight)
            y.backward(make("upstream", n, m))
            return [y, x.grad, weight.grad]

        yield f"matmul {n}x{k}x{m} backward", compute


def attention(shapes: Shapes, make: Maker) -> Iterator[Named]:
    size = (2, shapes.heads, shapes.tokens, shapes.head_dim)

    def compute() -> Results:
        q, k, v = (make(name, *size, grad=True) for name in "qkv")
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        y.backward(make("upstream", *size))
        return [y, q.grad, k.grad, v.grad]

    yield f"attention {'x'.join(map(str, size))} causal backward", compute


def pointwise(n: int, hidden: int, make: Maker) -> Iterator[Named]:
    weight = lambda: make("norm weight", hidden)  # noqa: E731
    functions: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "softmax": lambda x: functional.softmax(x, dim=-1),
        "log-softmax": lambda x: functional.log_softmax(x, dim=-1),
        "rms-norm": lambda x: functional.rms_norm(x, (hidden,), weight()),
        "layer-norm": lambda x: functional.layer_norm(x, (hidden,)),
        "silu": functional.silu,
        "gelu": functional.gelu,
        "exp": torch.exp,
        "sqrt": lambda x: torch.sqrt(x.abs() + 1),
        "power of a half": lambda x: (x.abs() + 1) ** 0.5,
        "rsqrt": lambda x: torch.rsqrt(x.abs() + 1),
        "log": lambda x: torch.log(x.abs() + 1),
        "cos": torch.cos,
    }
    for name, function in functions.items():

        def compute(function: Callable[[torch.Tensor], torch.Tensor] = function) -> Results:
            x = make("x", n, hidden, grad=True)
            y = function(x)
            y.backward(make("upstream", n, hidden))
            return [y, x.grad]

        yield f"{name} {n}x{hidden} backward", compute


def reinforcement(n: int, vocabulary: int, make: Maker) -> Iterator[Named]:
    """What GRPO computes and SFT doesn't: deviations of rewards, log-probabilities of tokens, probabilities to draw from."""
    rewards = lambda: (make("rewards", 32, 8) > 0).to(make.dtype)  # noqa: E731
    logits = lambda grad: make("logits", n, vocabulary, grad=grad)  # noqa: E731
    yield "deviation of rewards 32x8", lambda: deviation(rewards())
    yield f"log-sum-exp {n}x{vocabulary} backward", lambda: log_sum_exp(logits(True), make("upstream", n))
    yield f"probabilities {n}x{vocabulary} by float64", lambda: torch.softmax(logits(False).double() / 0.8, dim=-1)


def deviation(rewards: torch.Tensor) -> torch.Tensor:
    """As TRL computes it: the root of a variance, where torch's own `std` has code of its own."""
    variance = ((rewards - rewards.mean(dim=1, keepdim=True)) ** 2).mean(dim=1)
    return torch.sqrt(variance * (8 / 7))


def log_sum_exp(logits: torch.Tensor, upstream: torch.Tensor) -> Results:
    sums = torch.logsumexp(logits, dim=-1)
    sums.backward(upstream)
    return [sums, logits.grad]


def cross_entropy(n: int, vocabulary: int, make: Maker) -> Results:
    logits = make("logits", n, vocabulary, grad=True)
    loss = functional.cross_entropy(logits, _indices(n, vocabulary, make.device))
    loss.backward()
    return [loss, logits.grad]


def embedding(n: int, vocabulary: int, hidden: int, make: Maker) -> Results:
    table = make("table", vocabulary, hidden, grad=True)
    rows = functional.embedding(_indices(n, vocabulary, make.device), table)
    rows.backward(make("upstream", n, hidden))
    return [rows, table.grad]


def adamw(rows: int, columns: int, make: Maker, fused: bool) -> Results:
    """Not fused and not portable, it takes roots from a library that doesn't round them correctly, nor alike on all CPUs."""
    weight = torch.nn.Parameter(make("weight", rows, columns))
    optimizer = torch.optim.AdamW([weight], lr=1e-3, fused=fused)
    for step in range(3):
        weight.grad = make(f"gradient {step}", rows, columns)
        optimizer.step()
    return [weight, *(optimizer.state[weight][name] for name in ("exp_avg", "exp_avg_sq"))]


def _indices(n: int, below: int, device: str) -> torch.Tensor:
    integers = numpy.frombuffer(hashlib.shake_256(b"indices").digest(4 * n), dtype="<u4")
    return torch.from_numpy((integers % below).astype(numpy.int64)).to(device)
