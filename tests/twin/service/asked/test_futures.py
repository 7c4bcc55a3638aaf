import pytest

from twin.errors import ChangeError, OptionError
from twin.service.asked.futures import PromiseAsked, WhatIfAsked, promised, whatif

FASTER = {"name": "faster", "machine_speed": [{"group": "filling", "factor": 1.5}]}


@pytest.mark.slow
def test_branches_are_compared_with_differences(tenant, handle):
    asked = WhatIfAsked(changes=[FASTER], replications=2, days=2, engine="reference")
    found = whatif(tenant, asked, handle)
    assert found["branches"] == ["base", "faster"]
    by_branch = {
        cell["branch"] for cell in found["cells"] if cell["kpi"] == "fill_rate"
    }
    assert by_branch == {"base", "faster"}
    assert handle.history[-1]["done"] == 2


def test_change_that_is_none_is_named(tenant, handle):
    with pytest.raises(ChangeError, match="machine_sped"):
        whatif(tenant, WhatIfAsked(changes=[{"machine_sped": []}]), handle)


@pytest.mark.slow
def test_promise_has_dates_and_what_binds(tenant, handle):
    asked = PromiseAsked(
        item="shampoo_mild", quantity=5, site="dc_west", replications=2, days=3,
        engine="reference", explain=False,
    )  # fmt: skip
    (one,) = promised(tenant, asked, handle)["promises"]
    assert one["wanted"]["site"] == "dc_west"
    assert one["p50"] >= one["from_us"]
    assert one["held_by"] == []


def test_item_nobody_serves_is_told(tenant, handle):
    with pytest.raises(OptionError, match="gold"):
        promised(tenant, PromiseAsked(item="gold", quantity=1), handle)
