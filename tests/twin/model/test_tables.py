import pytest

from twin.model.tables import BY_NAME, SETTINGS, TABLES


@pytest.mark.parametrize("table", [SETTINGS, *TABLES], ids=lambda t: t.name)
def test_every_column_explains_itself(table):
    for column in table.columns:
        assert column.explanation.endswith("."), column.name
        assert (column.unit != "") == (column.kind == "number" or column.unit != ""), (
            f"{column.name}: a number has a unit, '1' if it has none"
        )
    assert table.explanation.endswith(".")


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_table_has_a_key_that_cannot_be_empty(table):
    assert table.keys
    for name in table.keys:
        column = table.column(name)
        assert column.required or column.default is not None


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_references_lead_to_tables_with_ids(table):
    for column in table.columns:
        for other in column.refers_to:
            first = BY_NAME[other].columns[0]
            assert first.kind == "id"
            assert first.key


def test_columns_have_names_of_their_own():
    for table in TABLES:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
