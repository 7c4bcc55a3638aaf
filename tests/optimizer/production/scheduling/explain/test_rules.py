"""The rules of a problem, one by one."""

import pytest

from optimizer.errors import ProblemError
from optimizer.production.scheduling.explain.rules import Prices, Rule, RuleBook


def test_every_row_that_says_something_is_a_rule(tight):
    book = RuleBook(tight)
    kinds = [rule.kind for rule in book.rules]
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "deadline": 4, "release": 1, "closed": 1, "machine": 2, "pool": 1,
    }  # fmt: skip
    assert book.name(Rule("closed", 0)) == "press"
    assert book.name(Rule("pool", 0)) == "operators"
    assert [book.number[rule] for rule in book.rules] == list(range(len(book)))


def test_prices_of_names_go_before_those_of_kinds(tight):
    prices = Prices(by_kind={"deadline": 7}, by_name={("deadline", "B"): 2})
    book = RuleBook(tight)
    table = book.prices(prices)
    assert table[book.span["deadline"]].tolist() == [7, 2, 7, 7]


def test_most_relief_is_all_there_is(tight):
    book = RuleBook(tight)
    assert book.most_relief(Rule("closed", 0)) == 40
    assert book.most_relief(Rule("release", 3)) == 96
    assert book.most_relief(Rule("machine", 0)) == 1


@pytest.mark.parametrize(
    ("prices", "said"),
    [({"by_kind": {"weather": 1}}, "no price of 'weather'"),
     ({"by_name": {("lock", "x"): 0}}, "must be >= 1, was 0")],
)  # fmt: skip
def test_wrong_prices_are_refused(prices, said):
    with pytest.raises(ProblemError, match=said):
        Prices(**prices)
