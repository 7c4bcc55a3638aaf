import re
from pathlib import Path

import pytest

from twin.model.changes import kinds
from twin.model.scenario import SCENARIO_TABLES
from twin.model.tables import BY_NAME

PAGE = Path(__file__).parents[4] / "docs" / "whatif.md"


@pytest.mark.parametrize("kind", kinds.EDIT_KINDS, ids=lambda kind: kind.name)
def test_kind_names_columns_that_there_are(kind):
    columns = {column.name for column in BY_NAME[kind.table].columns}
    assert set(kind.selectors) <= columns
    assert {setting.column for setting in kind.settings} <= columns
    assert len(set(kind.fields)) == len(kind.fields)


def test_key_is_never_changed():
    changed = {(k.table, s.column) for k in kinds.EDIT_KINDS for s in k.settings}
    keys = {(name, key) for name, table in BY_NAME.items() for key in table.keys}
    assert not changed & keys


def test_every_kind_is_documented_with_its_fields():
    rows = dict(re.findall(r"^\| `\[\[(\w+)\]\]` \| (.*) \|$", PAGE.read_text(), re.M))
    assert set(rows) == set(kinds.KINDS)
    for table in (*kinds.ORDER_KINDS, *SCENARIO_TABLES):
        assert all(f"`{column.name}`" in rows[table.name] for column in table.columns)
    for kind in kinds.EDIT_KINDS:
        told = rows[kind.name]
        assert all(f"`{name}`" in told for name in kind.selectors)
        if "as `[[" not in told and "_factor`" not in told:
            assert all(f"`{setting.field}`" in told for setting in kind.settings)


def test_factor_has_a_range():
    assert kinds.factor_column("x").allowed == "a number from 0 to 1000"
