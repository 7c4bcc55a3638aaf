import math

import pytest

from optimizer import OptionsError, SolveOptions


def test_options_without_a_time_limit_are_allowed():
    options = SolveOptions(monotonic_s=lambda: 0.0, time_limit_s=math.inf)
    assert options.time_limit_s == math.inf
    assert options.check


@pytest.mark.parametrize(
    ("entry", "value", "rule"),
    [
        ("time_limit_s", 0.0, "must be > 0, was 0.0"),
        ("time_limit_s", math.nan, "must be > 0, was nan"),
        ("work_limit", 0, "must be None or >= 1, was 0"),
        ("seed", -1, "must be >= 0, was -1"),
    ],
)
def test_option_out_of_range_is_named_with_its_value(entry, value, rule):
    with pytest.raises(OptionsError, match=f"^{entry} {rule}$"):
        SolveOptions(monotonic_s=lambda: 0.0, **{entry: value})
