"""The rig spells commands as the contract says, and finds every kind."""

import re

import pytest
from rig import CONTRACT, STAGES, filled_command, kinds, request_for, spelt

from repro_sdk.determinism import ENVIRONMENT


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-6, "0.000001"),
        (1.4, "1.4"),
        (8, "8"),
        (8.0, "8"),
        (True, "true"),
        (False, "false"),
        ("True", "True"),
        (-1, "-1"),
    ],
)
def test_values_are_spelt_as_json_numbers(value, text):
    assert spelt(value) == text


def test_a_list_param_alone_becomes_several_arguments():
    request = {"params": {"argv": ["a", "b c"], "n": 3}, "inputs": {"x": "inputs/x"}, "outputs": {}, "seed": 7}
    template = ["tool", "${params.argv}", "n=${params.n}", "${inputs.x}", "${stage}/m.py", "${seed}"]
    assert filled_command(template, request) == ["tool", "a", "b c", "n=3", "inputs/x", "stage/m.py", "7"]


def test_programs_get_the_variables_that_the_runner_sets():
    """For one CPU and no GPU. Read from the runner's own text, so that neither can change alone."""
    text = (STAGES.parent / "runner" / "identity" / "determinism-contract.ts").read_text("utf-8")
    text = re.sub(r"const (PORTABLE|LIBRARIES_ON_GPUS) = \{.*?\};", "", text, flags=re.DOTALL)
    constant = dict(re.findall(r"\b([A-Z][A-Z0-9_]+): '([^']*)'", text))
    computed = set(re.findall(r"\b([A-Z][A-Z0-9_]+): (?:count|String)", text))
    assert {name: value for name, value in CONTRACT.items() if name not in computed} == constant
    assert set(CONTRACT) == constant.keys() | computed


def test_what_the_runner_sets_is_read_back():
    text = (STAGES.parent / "runner" / "identity" / "determinism-contract.ts").read_text("utf-8")
    assert set(re.findall(r"\b([A-Z][A-Z0-9_]+): (?:'|count|String)", text)) <= set(ENVIRONMENT)


def test_undeclared_params_are_refused():
    with pytest.raises(ValueError, match="not declared"):
        request_for({"kind": "k", "params": {}}, {"x": 1}, {}, 1, ())


def test_kinds_are_found_by_their_folders():
    assert {"collect", "drop-easy", "command"} <= set(kinds())
    assert not any(kind.startswith("_") for kind in kinds())
