import pytest

from repro_sdk import sample_seed, uniforms


def test_a_seed_is_a_pure_function_of_its_parts():
    assert sample_seed(42, "evaluate", "abc", 0) == 3260686579328742134
    assert sample_seed(42, "evaluate", "abc", 0) != sample_seed(42, "evaluate", "abc", 1)


def test_parts_do_not_run_together():
    assert sample_seed(1, "ab", "c") != sample_seed(1, "a", "bc")
    assert sample_seed(1, 2) != sample_seed(1, "2")


def test_what_prints_differently_elsewhere_is_refused():
    for part in (1.5, True, None):
        with pytest.raises(TypeError):
            sample_seed(1, part)


def test_uniforms_are_in_range_and_extend_each_other():
    short, long = uniforms(7, 5), uniforms(7, 1000)
    assert (long[:5] == short).all()
    assert (long >= 0).all() and (long < 1).all()
    assert abs(long.mean() - 0.5) < 0.05
