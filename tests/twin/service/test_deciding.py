import time
from dataclasses import replace

import msgspec
import pytest

from twin.service.deciding import finish
from twin.service.ledger import Ledger
from twin.service.proposals import Action
from twin.state.views import orders

PURCHASE = {
    "specversion": "1.0", "id": "p-1", "source": "erp",
    "type": "PurchaseOrderPlaced", "time": "2026-01-05T08:00:00Z",
    "data": {
        "order": "B1", "supplier": "chem_far", "item": "glycerine",
        "site": "plant_north", "quantity": 100,
    },
}  # fmt: skip


@pytest.fixture
def approved(places):
    """Have an approval in the audit whose event was not written."""
    tenant = places.tenants["default"]
    tenant.start()
    tenant.journal.submit([msgspec.json.encode(PURCHASE)]).result(60)
    assert tenant.follower.wait_for_records(1, timeout_s=60)
    action = Action(
        id="a", kind="increase", order="B1", item="glycerine", place="plant_north",
        quantity=100.0, new_quantity=150.0, who="anna", time_us=1,
    )  # fmt: skip
    after = msgspec.to_builtins(action)
    audit = places.audit
    audit.record("anna", "action.proposed", tenant="default", about="a", after=after)
    audit.record(
        "ben", "action.approved", tenant="default", about="a", after={"event": "a"}
    )
    return tenant


def test_approval_is_carried_out_after_a_start_and_once(places, approved):
    while approved.follower.progress().behind:
        time.sleep(0.01)
    for _ in range(2):  # the second start knows that it was sent
        started = replace(places, ledger=Ledger(places.audit))
        finish(started, approved)
        assert started.ledger.of("default").unsent() == []
    assert approved.journal.n_records == 2
    assert approved.follower.wait_for_records(2, timeout_s=60)
    (line,) = orders(approved.follower.view(fresh=True).state).to_dicts()
    assert line["quantity"] == 150.0
    last = list(places.audit.rows())[-1]
    assert (last.who, last.what, last.about) == ("ben", "action.sent", "a")
