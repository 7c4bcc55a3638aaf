"""Plans as they are compared."""

import pytest

from twin.diff import compare
from twin.errors import InputError
from twin.masterplan import side_of_folder, side_of_plan, write_plan


def test_folder_is_the_plan_it_was_written_from(plan, tmp_path):
    write_plan(plan, tmp_path)
    found = compare(side_of_plan(plan), side_of_folder(tmp_path))
    changes = (*found.orders, *found.operations, *found.customers)
    assert {one.what for one in changes} == {"same"}
    assert len(found.orders) == plan.tables.orders.height
    assert all(abs(one.change) < 1e-9 for one in found.money)


def test_folder_of_something_else_is_named(tmp_path):
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(InputError, match=r"lacks a readable operations.csv"):
        side_of_folder(tmp_path)
