"""Square roots as IEEE 754 rounds them, whoever made the CPU.

torch takes square roots of float32 and float64 from MKL's vector library. Under MKL_CBWR=COMPATIBLE, without which
Intel and AMD differ in matrix products, that library begins with the instruction RSQRTPS. It is an approximation which
each maker of CPUs makes in its own way, and last bits of the roots show it: GRPO's standard deviations were not the
same on an Intel and an AMD machine. numpy takes SQRTPS and SQRTPD, which are rounded correctly everywhere.
"""

from __future__ import annotations

from typing import Any

_OPERATORS = ("sqrt", "sqrt_", "sqrt.out")
# With an exponent of a half torch goes the same way to MKL.
_POWERS = ("pow.Tensor_Scalar", "pow_.Scalar", "pow.Tensor_Scalar_out")
_library: Any = None


def round_square_roots() -> None:
    """From now on every square root of a tensor on the CPU is correctly rounded, whichever library asks torch for it."""
    global _library
    if _library is not None:
        return
    import warnings

    import torch

    _library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="(?s).*Overriding a previously registered kernel")
        for name in (*_OPERATORS, *_POWERS):
            _library.impl(name, _kernel(torch, name), "CPU", with_keyset=True)


def _kernel(torch: Any, name: str) -> Any:
    """Is in torch's place for one operator. What isn't a root of numbers that MKL would see, torch computes as it did."""
    original = torch.library.get_kernel(f"aten::{name}", "CPU")
    in_place = name.split(".")[0].endswith("_")

    def kernel(keys: Any, tensor: Any, *exponent: Any, **out: Any) -> Any:
        target = tensor if in_place else out.get("out")
        source = tensor.to(torch.get_default_dtype()) if _is_whole(torch, tensor.dtype) else tensor
        result = source.dtype if target is None else target.dtype
        if exponent not in ((), (0.5,)) or source.dtype not in (torch.float32, torch.float64) or result != source.dtype:
            return original.call_boxed(keys, tensor, *exponent, **out)
        roots = _roots(torch, source)
        if target is None:
            return roots
        return (target if target.shape == roots.shape else target.resize_(roots.shape)).copy_(roots)

    return kernel


def _is_whole(torch: Any, dtype: Any) -> bool:
    return not (dtype.is_floating_point or dtype.is_complex)


def _roots(torch: Any, tensor: Any) -> Any:
    import numpy

    roots = torch.empty_like(tensor, requires_grad=False)
    with numpy.errstate(invalid="ignore"):
        numpy.sqrt(tensor.detach().numpy(), out=roots.numpy())
    return roots
