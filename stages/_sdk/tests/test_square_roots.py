"""In processes of their own: MKL reads its settings once, and an operator that is replaced stays so."""

import os
import re
import subprocess
import sys
import textwrap

from rig import CONTRACT, STAGES

PRELUDE = """
import numpy, torch
from repro_sdk.determinism import enforce_determinism
enforce_determinism(1)
numbers = torch.from_numpy(numpy.random.Generator(numpy.random.PCG64(1)).random(100_003))
"""


def portable():
    """What the runner sets beside the rest, read from its own text."""
    text = (STAGES.parent / "runner" / "identity" / "determinism-contract.ts").read_text("utf-8")
    found = re.search(r"const PORTABLE = \{.*?\};", text, re.DOTALL)
    assert found is not None
    return dict(re.findall(r"([A-Z][A-Z0-9_]+): '([^']*)'", found[0]))


def computed(program, **changes):
    """What a portable stage's process prints, and that it prints nothing else."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(STAGES / "_sdk")}
    environment = {**CONTRACT, **portable(), **own, **changes}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(program)], env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


WRONG = """
for dtype in (torch.float32, torch.float64):
    some = numbers.to(dtype)
    right = torch.from_numpy(numpy.sqrt(some.numpy()))
    out, into = torch.empty(0, dtype=dtype), some.clone()
    torch.sqrt(some, out=out)
    found = [some.sqrt(), some ** 0.5, torch._foreach_sqrt([some])[0], out, into.sqrt_(), into.copy_(some).pow_(0.5)]
    print(*(int((roots != right).sum()) for roots in found))
"""


def test_no_root_is_rounded_otherwise_than_ieee_754_says():
    assert computed(WRONG) == ["0"] * 12


def test_mkl_rounds_thousands_of_them_otherwise():
    """On every CPU, so that the test before this one can fail on every CPU; which roots they are is the CPU's affair."""
    wrong = [int(number) for number in computed(WRONG, REPRO_PORTABLE="0")]
    assert min(wrong[:6]) > 1000


def test_the_deviations_that_grpo_divides_by_are_rounded_correctly():
    """Of groups of eight, k of which were right: four numbers, two of which an Intel CPU got wrong, and an AMD three."""
    found = computed("""
        from trl.trainer.utils import nanstd
        rewards = torch.tensor([[1.0] * k + [0.0] * (8 - k) for k in range(9)])
        print(*(number.tobytes()[::-1].hex() for number in nanstd(rewards, dim=1).numpy()))
    """)
    assert found[:5] == ["00000000", "3eb504f3", "3eed028c", "3f047e1b", "3f08d677"]
    assert found[5:] == found[3::-1]


OTHERS = {
    "torch.tensor(2.0).sqrt().item()": "1.4142135381698608",
    "torch.tensor(2.0, dtype=torch.float64).sqrt().item()": "1.4142135623730951",
    "torch.tensor([4, 9]).sqrt().tolist()": "[2.0, 3.0]",
    "torch.tensor([4, 9]).pow(0.5).dtype": "torch.float32",
    "torch.tensor([4.0, 9.0]).pow(2).tolist()": "[16.0, 81.0]",
    "torch.tensor([True, False]).sqrt().tolist()": "[1.0, 0.0]",
    "torch.tensor([-4 + 0j]).sqrt().tolist()": "[2j]",
    "torch.tensor([2.0], dtype=torch.bfloat16).sqrt().item()": "1.4140625",
    "torch.tensor([-1.0, -0.0, float('inf')]).sqrt().tolist()": "[nan, -0.0, inf]",
    "torch.ones(3, 4).t().sqrt().stride()": "(1, 4)",
    "torch.ones(1).expand(3).sqrt().tolist()": "[1.0, 1.0, 1.0]",
    "torch.sqrt(torch.tensor([4.0]), out=torch.empty(0, dtype=torch.float64)).item()": "2.0",
    "torch.empty(0).sqrt().shape": "torch.Size([0])",
    "torch.complex(torch.ones(1), torch.tensor([-4.0])).conj().imag.sqrt().item()": "2.0",
}


def test_a_root_may_be_taken_of_all_that_torch_takes_one_of():
    found = computed(f"for one in {list(OTHERS)!r}: print(repr(eval(one)), end=';')")
    assert " ".join(found) == "".join(f"{value};" for value in OTHERS.values())


def test_gradients_go_through_a_root():
    found = computed("""
        for root in (torch.sqrt, lambda x: x ** 0.5):
            weight = torch.tensor([4.0, 16.0], requires_grad=True)
            root(weight).sum().backward()
            print(*weight.grad.tolist())
    """)
    assert found == ["0.25", "0.125"] * 2


def test_whole_numbers_take_no_root_in_place():
    assert computed("""
        try: torch.tensor([4]).sqrt_()
        except RuntimeError as error: print("can't be cast" in str(error))
    """) == ["True"]  # fmt: skip
