import json
from pathlib import Path

import pytest

from twin.errors import ChangeError
from twin.said import Said
from twin.service.asked.branches import (
    BranchAsked,
    ComparisonAsked,
    branch,
    compare_kept,
    forget,
    kept,
    promote,
    promotion,
    save,
)
from twin.service.problems import ProblemError

FASTER = {"machine_speed": [{"group": "filling", "factor": 1.2}]}
SLOWER = {"machine_speed": [{"group": "filling", "factor": 0.8}]}


@pytest.fixture
def lived(tenant, order):
    """A tenant that has folded an order."""
    fold(tenant, order(1))
    return tenant


def fold(tenant, *events):
    n_records = tenant.journal.n_records + len(events)
    tenant.journal.submit([json.dumps(one).encode() for one in events]).result(60)
    assert tenant.follower.wait_for_records(n_records, timeout_s=60)
    tenant.follower.view(fresh=True)


def keep(tenant, name, changes=FASTER, **more):
    return save(tenant, BranchAsked(name=name, changes=changes, **more), who="anna")


def promoted(tenant, name):
    n_before = tenant.journal.n_records
    found = promote(tenant, name, who="anna", why="a test")
    n_new = len(found.events) + 1 if found.events else 0
    assert tenant.journal.n_records == n_before + n_new
    assert tenant.follower.wait_for_records(tenant.journal.n_records, timeout_s=60)
    tenant.follower.view(fresh=True)
    return found


def test_branch_is_kept_as_what_it_is_made_of(lived):
    made = keep(lived, "faster", description="filling is faster")
    assert (made.at, made.who, made.days) == ("1", "anna", 28.0)
    assert kept(lived) == [made] == [branch(lived, "faster")]
    assert any("speed of fill_north_1" in line for line in made.lines)
    assert forget(lived, "faster") == made
    assert kept(lived) == []


def test_sentence_made_in_an_earlier_way_still_has_its_words(tenant):
    made = keep(tenant, "faster")
    assert {one.kind for one in made.said} == {"cells_from_to"}
    (path,) = (tenant.store / "branches").iterdir()
    stored = json.loads(path.read_bytes())
    before = [
        {"text": "a", "kind": "was_dropped", "parts": {"item": "tea"}},
        {"text": "b", "kind": "cells_from_to", "parts": {"item": "tea"}},
        {"text": "c", "kind": "row_added", "parts": 3},
    ]
    path.write_text(json.dumps(stored | {"said": [*before, *stored["said"]]}))
    (found,) = kept(tenant)
    assert found == branch(tenant, "faster")
    assert found.lines == made.lines
    assert found.said == (Said("a"), Said("b"), Said("c"), *made.said)


@pytest.mark.parametrize("name", ["none", "../jobs/x", "a/b", "", "a\n", ".hidden"])
def test_branch_that_is_not_there_is_named(tenant, name):
    with pytest.raises(ProblemError, match="the name of one of this tenant"):
        branch(tenant, name)


def test_name_is_taken_once(tenant):
    keep(tenant, "faster")
    with pytest.raises(ProblemError, match="is there already") as refused:
        keep(tenant, "faster", SLOWER)
    assert refused.value.status == 409
    assert keep(tenant, "faster", SLOWER, replace=True).changes == SLOWER


def test_change_that_is_none_is_told_when_it_is_kept(tenant):
    with pytest.raises(ChangeError, match="machine_sped"):
        keep(tenant, "wrong", {"machine_sped": []})
    assert kept(tenant) == []


def test_promotion_writes_the_cells_and_counts_once(lived):
    keep(lived, "faster")
    shown = promotion(lived, "faster")
    assert shown.told
    assert {type(one).__name__ for one in shown.events} == {"MasterDataChanged"}
    assert promoted(lived, "faster").told == shown.told
    again = promoted(lived, "faster")
    assert again.events == ()
    assert set(again.done) == set(shown.told)


def test_promotion_against_what_changed_meanwhile_is_refused(lived):
    keep(lived, "faster")
    keep(lived, "slower", SLOWER)
    promoted(lived, "faster")
    n_before = lived.journal.n_records
    assert promotion(lived, "slower").conflicts
    with pytest.raises(ProblemError, match="by now") as refused:
        promote(lived, "slower", who="anna", why="a test")
    assert refused.value.status == 409
    assert lived.journal.n_records == n_before


def test_order_of_a_branch_is_written_once(lived):
    order = {
        "customer": "cologne", "item": "shampoo_mild", "site": "dc_west",
        "quantity": 10, "due_s": 604_800, "order": "RUSH-1",
    }  # fmt: skip
    keep(lived, "rush", {"customer_order": [order]})
    found = promoted(lived, "rush")
    assert [type(one).__name__ for one in found.events] == ["OrderReceived"]
    assert promotion(lived, "rush").events == ()


@pytest.mark.slow
def test_branches_are_compared_with_their_base(lived, handle):
    keep(lived, "faster", days=2)
    keep(lived, "slower", SLOWER, days=2)
    asked = ComparisonAsked(
        names=["faster", "slower"], replications=2, engine="reference"
    )
    found = compare_kept(lived, asked, handle)
    assert found["branches"] == ["base", "faster", "slower"]
    assert handle.history[-1]["done"] == 2


def test_branches_that_begin_elsewhere_are_not_compared(lived, order, handle):
    keep(lived, "faster")
    fold(lived, order(2))
    keep(lived, "later")
    keep(lived, "longer", days=3)
    for others in (["later"], ["longer"]):
        with pytest.raises(ProblemError, match="begin or are played in other ways"):
            compare_kept(lived, ComparisonAsked(names=["faster", *others]), handle)


def test_branch_that_is_forgotten_while_others_are_listed(tenant, monkeypatch):
    keep(tenant, "faster")
    kept_one = keep(tenant, "slower", SLOWER)
    glob = Path.glob

    def forgets(folder, pattern):
        paths = list(glob(folder, pattern))
        forget(tenant, "faster")
        return paths

    monkeypatch.setattr(Path, "glob", forgets)
    assert kept(tenant) == [kept_one]
