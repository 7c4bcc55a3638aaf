"""Operations side by side."""

from twin.diff.operations import Operation, compare_operations


def runs(*rows, order="M1"):
    return [Operation(order, "tea", "fill", machine, start, start + 5)
            for machine, start in rows]  # fmt: skip


def test_every_change_has_its_name():
    before = runs(("F1", 0), ("F1", 10), ("F1", 20), ("F1", 30))
    after = runs(("F1", 0), ("F2", 10), ("F1", 25))
    found = compare_operations(before, after)
    assert [one.what for one in found] == ["same", "machine", "later", "removed"]
    assert [one.shift for one in found] == [0, 0, 5, 0]
    (back,) = compare_operations([], runs(("F1", 0)))
    assert back.what == "added"


def test_renamed_order_is_the_same_order():
    before, after = runs(("F1", 4)), runs(("F1", 1), order="M7")
    (found,) = compare_operations(before, after, renamed={"M7": "M1"})
    assert (found.what, found.shift) == ("earlier", -3)
    assert {one.what for one in compare_operations(before, after)} == {
        "added",
        "removed",
    }


def test_added_order_is_apart_from_one_of_its_id():
    before, after = runs(("F1", 4)), runs(("F2", 4))
    found = compare_operations(before, after, renamed={"M1": None})
    assert sorted(one.what for one in found) == ["added", "removed"]
