"""What a plan was made on, kept beside it."""

import numpy as np
import pytest

from streams.names import Names
from twin.errors import InputError
from twin.masterplan import execute, read_grounds, read_orders, write_plan
from twin.masterplan.grounds import demand_table
from twin.masterplan.making import MasterPlan
from twin.state.known import known_entities
from twin.state.state import State


def test_a_folder_alone_leads_to_the_planned_end(plan, tmp_path):
    write_plan(plan, tmp_path)
    grounds = read_grounds(tmp_path)
    assert grounds.network.hash == plan.network.hash
    assert np.array_equal(grounds.demand.margins, plan.demand.margins)
    again = execute(
        grounds.network, read_orders(tmp_path), grounds.demand,
        n_periods=plan.n_periods, state=grounds.state,
    )  # fmt: skip
    assert again.state_hash == plan.result.state_hash


def test_live_state_is_kept_and_an_old_one_removed(plan, tmp_path):
    state = State.of_model(known_entities(plan.network), Names())
    fields = {name: getattr(plan, name) for name in MasterPlan.__dataclass_fields__}
    write_plan(MasterPlan(**fields | {"state": state}), tmp_path)
    found = read_grounds(tmp_path).state
    assert found is not None
    assert found.digest() == state.digest()
    write_plan(plan, tmp_path)
    assert read_grounds(tmp_path).state is None


def test_demand_names_customers_and_reviews(plan):
    table = demand_table(plan.network, plan.demand)
    assert table.height == plan.demand.means.size
    assert table["quantity"].sum() == pytest.approx(plan.demand.means.sum())
    assert table["margin"].null_count() == table.height - plan.demand.margins.size


def test_folder_without_grounds_is_named(tmp_path):
    with pytest.raises(InputError, match="does not hold what its plan was made on"):
        read_grounds(tmp_path)
