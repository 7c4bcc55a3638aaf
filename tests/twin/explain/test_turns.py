"""Sequences that keep those of two plans."""

from twin.explain.turns import in_turn


def test_both_sequences_are_kept():
    found = in_turn(4, [(1,), (0, 2, 3)], [(0, 1), (2, 3)])
    assert sorted(found) == [0, 1, 2, 3]
    place = {number: at for at, number in enumerate(found)}
    assert place[0] < place[1]
    assert place[0] < place[2] < place[3]


def test_sequence_of_the_former_plan_that_contradicts_is_left_out():
    found = in_turn(4, [(0, 1, 2)], [(2, 1), (3, 0)])
    assert found == (3, 0, 1, 2)


def test_nothing_has_no_sequence():
    assert in_turn(0, [], []) == ()
