import itertools

import pytest

from repro_sdk import StageFailure
from repro_sdk.scores import bootstrap_interval, distinct_ngrams, mean, pass_at_k


@pytest.mark.parametrize(("n", "c", "k"), [(4, 0, 2), (4, 1, 2), (5, 3, 2), (5, 5, 5), (6, 2, 5)])
def test_pass_at_k_equals_counting_all_choices(n, c, k):
    choices = list(itertools.combinations([i < c for i in range(n)], k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(any(x) for x in choices) / len(choices))


def test_pass_at_k_refuses_nonsense():
    with pytest.raises(ValueError):
        pass_at_k(4, 1, 5)


def test_distinct_ngrams():
    assert distinct_ngrams([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]) == 0.5
    assert distinct_ngrams([[1, 2, 3, 4], [1, 2, 3, 5]]) == 1.0
    assert distinct_ngrams([[1], [1], []]) == 0.5
    assert distinct_ngrams([]) == 0.0


def test_bootstrap_is_seeded_and_covers_the_mean():
    numbers = [0.0, 1.0] * 50
    low, high = bootstrap_interval(numbers, seed=1)
    assert (low, high) == bootstrap_interval(numbers, seed=1)
    assert low < mean(numbers) < high
    assert 0.15 < high - low < 0.25


def test_nothing_has_no_mean():
    for judge in (mean, lambda numbers: bootstrap_interval(numbers, seed=1)):
        with pytest.raises(StageFailure, match="A mean over nothing"):
            judge([])
