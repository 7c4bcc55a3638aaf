"""What an occasion is known by."""

from twin.loop.occasions import REVIEW, Occasion


def test_id_review_is_named_by_its_time_alone():
    assert Occasion(7, REVIEW).id == "review/7"


def test_id_detail_does_not_enter_it():
    first = Occasion(7, "machine_down", "M1", "spindle")
    second = Occasion(7, "machine_down", "M1", "tool broke")
    assert first == second
    assert first.id == second.id


def test_order_is_by_time_then_kind_then_subject():
    late, early = Occasion(9, "a"), Occasion(7, "z")
    assert sorted([late, Occasion(7, "b", "y"), Occasion(7, "b", "x"), early]) == [
        Occasion(7, "b", "x"),
        Occasion(7, "b", "y"),
        early,
        late,
    ]
