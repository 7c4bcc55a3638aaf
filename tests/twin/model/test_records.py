from dataclasses import fields

import pytest

from twin.model import records
from twin.model.assemble import field_name
from twin.model.tables import BY_NAME

RECORDS = {
    "items": records.Items,
    "bills": records.Bills,
    "routings": records.Routings,
    "machines": records.Machines,
    "calendars": records.Calendars,
    "lanes": records.Lanes,
    "demands": records.Demands,
    "stock": records.Stock,
    "open_orders": records.OpenOrders,
    "groups": records.Groups,
    "setups": records.Setups,
    "pools": records.Pools,
    "releases": records.Releases,
    "tariffs": records.Tariffs,
    "outputs": records.Outputs,
}
MANY_ROWS_AN_ID = {"calendars", "releases", "tariffs"}


@pytest.mark.parametrize("table", RECORDS)
def test_record_has_a_field_for_every_column(table):
    """A column without a field would be read, checked, and then lost."""
    columns = BY_NAME[table].columns
    names = {field_name(column) for column in columns}
    keyed_by_id = columns[0].kind == "id" and not columns[0].refers_to
    if keyed_by_id:
        names = names - {columns[0].name} | {"ids"}
    if table in MANY_ROWS_AN_ID:
        names.add(f"{columns[0].name}_index")
    assert {field.name for field in fields(RECORDS[table])} == names


@pytest.mark.parametrize("table", ["sites", "suppliers", "customers"])
def test_places_have_a_field_for_every_column_of_their_tables(table):
    columns = BY_NAME[table].columns[1:]
    names = {field_name(column) for column in columns}
    assert names <= {field.name for field in fields(records.Places)}
