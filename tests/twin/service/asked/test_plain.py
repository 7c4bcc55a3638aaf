import pytest

from twin.service.asked.plain import check_plain


@pytest.mark.parametrize(
    "value",
    [float("inf"), [float("nan")], {"a": {"b": [-float("inf")]}}, "\ud800",
     {"\udfff": 1}, [["x", "\ud800"]]],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(value):
    with pytest.raises(ValueError, match="must be"):
        check_plain(value)


def test_plain_json_stays_as_it_is():
    value = {"a": [1, 2.5, None, True, "ü"], "b": {}}
    assert check_plain(value) is value
