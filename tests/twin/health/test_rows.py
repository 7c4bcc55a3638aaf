"""Tables of the health projection."""

from twin.health import rows


def test_an_index_is_empty_and_twice_as_long_as_its_table():
    index = rows.empty_index(8)
    assert index["key"].tolist() == [-1] * 16


def test_padded_tables_keep_their_rows():
    table = rows.empty_index(2)
    table["row"] = [1, 2, 3, 4]
    assert rows.padded(table, 6)["row"].tolist() == [1, 2, 3, 4, 0, 0]


def test_a_journal_has_room_in_every_column():
    journal = rows.empty_journal(5)
    assert {len(getattr(journal, name)) for name in journal._fields} == {5, 1}
