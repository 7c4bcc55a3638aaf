"""Money of two plans."""

from twin.diff.money import compare_money


def test_terms_are_those_that_both_tell():
    before = {"profit": 5.0, "sales": 20.0, "turns": 3.0, "holding": None}
    after = {"sales": 22.0, "profit": 4.0, "holding": 1.0}
    found = compare_money(before, after)
    assert [(one.term, one.change) for one in found] == [("sales", 2.0), ("profit", -1)]
