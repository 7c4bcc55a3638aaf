from optimizer.logistics.routing.changes import KINDS
from optimizer.logistics.routing.problem.conflict import RULES, Conflict


def test_each_rule_has_a_change():
    assert set(KINDS) == set(RULES)


def test_conflicts_are_equal_by_what_they_say():
    assert Conflict(kind="client", clients=(1,)) == Conflict(
        kind="client", clients=(1,)
    )
    assert Conflict(kind="client", clients=(1,)) != Conflict(
        kind="client", clients=(2,)
    )
