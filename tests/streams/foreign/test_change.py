import pytest

from streams.errors import ForeignValueError
from streams.foreign.change import change_of


@pytest.mark.parametrize("op", ["c", "u", "r"])
def test_row_is_the_one_after(op):
    change = change_of({"op": op, "before": {"n": 1}, "after": {"n": 2}})
    assert (change.kind, change.row, change.message["before"]) == (
        op,
        {"n": 2},
        {"n": 1},
    )


def test_row_of_a_deletion_is_the_one_before():
    assert change_of({"op": "d", "before": {"n": 1}, "after": None}).row == {"n": 1}


@pytest.mark.parametrize("op", ["t", "m"])
def test_truncation_and_message_have_no_row(op):
    assert change_of({"op": op, "before": None, "after": None}).row == {}


def test_change_of_a_table_is_none():
    assert (
        change_of({"databaseName": "erp", "ddl": "ALTER TABLE", "source": {}}) is None
    )


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"id": 3}, "op = None: must be one of c, u"),
        ({"op": "x"}, "op = 'x'"),
        ({"op": "c", "after": None}, "after of op 'c': must be a row, was None"),
        ({"op": "d", "after": {"n": 1}}, "before of op 'd': must be a row"),
        ({"op": ["c"]}, "op = "),
    ],
)
def test_what_is_no_change_is_refused(message, said):
    with pytest.raises(ForeignValueError) as caught:
        change_of(message)
    assert said in caught.value.detail
