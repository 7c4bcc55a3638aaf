from dataclasses import replace

import pytest

from optimizer.procurement.conflicts import rules_of
from optimizer.procurement.model import Relaxation


@pytest.fixture
def short(bolt):
    far, near = bolt.offers
    return replace(bolt, offers=(far, replace(near, capacity=(1.0, 9.0, 9.0))))


def keys(problem, *left_out):
    return {
        (rule.kind, rule.of) for rule in rules_of(problem) if rule.kind not in left_out
    }


def test_what_holds_holds(bolt):
    assert Relaxation(bolt).holds(keys(bolt))


def test_rules_are_switched_one_by_one(short):
    relaxation = Relaxation(short)
    assert not relaxation.holds(keys(short))
    for kind in ("need", "lead", "capacity"):
        assert relaxation.holds(keys(short, kind))
    assert not relaxation.holds(keys(short))


def test_contracts_shares_and_suppliers_count(bolt):
    far = replace(
        bolt.suppliers[0], minimum_spend=50.0, take_or_pay=False, capacity=(5.0,) * 3
    )
    bound = replace(bolt, suppliers=(far, bolt.suppliers[1]))
    relaxation = Relaxation(bound)
    assert not relaxation.holds(keys(bound))
    assert relaxation.holds(keys(bound, "contract"))
    assert relaxation.holds(keys(bound, "supplier"))
    shared = replace(
        bolt, offers=tuple(replace(one, share_max=0.4) for one in bolt.offers)
    )
    assert not Relaxation(shared).holds(keys(shared))
    assert Relaxation(shared).holds(keys(shared, "share"))
