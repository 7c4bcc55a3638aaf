import tempfile

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from twin.errors import NetworkError, OptionError
from twin.model import build, load
from twin.model.tables import SETTINGS, TABLES
from twin.model.write import explanation, init, readme, write


def test_write_then_load_gives_the_same_hash(tables, settings, tmp_path):
    network = build(tables, settings)
    write(network, tmp_path / "copy")
    assert load(tmp_path / "copy").hash == network.hash


def test_write_then_load_keeps_every_element(full_tables, settings, tmp_path):
    network = build(full_tables, settings)
    write(network, tmp_path)
    copy = load(tmp_path)
    assert copy.hash == network.hash
    for name, frame in network.tables.items():
        assert copy.tables[name].equals(frame), name


def test_write_leaves_out_columns_that_are_not_used(tables, settings, tmp_path):
    tables["machines"][1]["power_busy_kw"] = 3
    write(build(tables, settings), tmp_path)
    header = (tmp_path / "machines.csv").read_text().splitlines()[1]
    assert header == (
        "machine,site,group,slots,speed,mttf_s,mttr_s,cost_per_h,calendar,power_busy_kw"
    )
    assert not (tmp_path / "pools.csv").exists()


def test_write_keeps_awkward_text_and_numbers(tables, settings, tmp_path):
    tables["items"][0]["unit"] = '6" box, big'
    tables["items"][1]["unit_cost"] = 0.1 + 0.2
    tables["suppliers"] = [{"supplier": "V"}, {"supplier": "#7"}]
    settings["name"] = 'the "new" one'
    network = build(tables, settings)
    write(network, tmp_path)
    assert load(tmp_path).hash == network.hash
    assert load(tmp_path).settings.name == 'the "new" one'


cells = st.text(max_size=6).filter(lambda text: text.strip() not in {"", "*"})
costs = st.floats(min_value=0, allow_infinity=False)


@pytest.mark.slow
@limits(deadline=None, max_examples=60)
@given(
    name=cells,
    items=st.lists(
        st.tuples(cells, cells, costs), unique_by=lambda row: row[0].strip()
    ),
)
def test_write_then_load_keeps_any_text_and_number(name, items):
    rows = [{"item": a, "unit": b, "unit_cost": c} for a, b, c in items]
    lane = {"lane": "1", "from_place": "V", "to_place": "S", "lead_time_s": 1}
    tables = {"sites": [{"site": "S", "kind": "plant"}], "items": rows}
    if rows:
        tables |= {"suppliers": [{"supplier": "V"}], "lanes": [lane]}
    settings = {"name": name, "as_of": "2024-01-01T00:00:00Z"}
    network = build(tables, settings)
    with tempfile.TemporaryDirectory() as folder:
        write(network, folder)
        assert load(folder).hash == network.hash


def test_write_leaves_comments_where_they_belong(tables, settings, tmp_path):
    network = build(tables, settings)
    comments = {"lanes": ["from 12 receipts"], "network": ["a draft"]}
    write(network, tmp_path, comments=comments)
    assert "# from 12 receipts\n" in (tmp_path / "lanes.csv").read_text()
    assert (tmp_path / "network.toml").read_text().startswith("# a draft\n")
    assert load(tmp_path).hash == network.hash


def test_write_leaves_out_empty_tables(tables, settings, tmp_path):
    del tables["open_orders"]
    write(build(tables, settings), tmp_path)
    assert not (tmp_path / "open_orders.csv").exists()


def test_init_explains_every_column_and_loads(tmp_path):
    files = {path.name for path in init(tmp_path / "new")}
    assert files == {"network.toml", "README.md"} | {f"{t.name}.csv" for t in TABLES}
    for table in TABLES:
        text = (tmp_path / "new" / f"{table.name}.csv").read_text()
        for column in table.columns:
            assert f"# {explanation(column)}\n" in text
        assert text.endswith(",".join(c.name for c in table.columns) + "\n")
    assert load(tmp_path / "new").n_sites == 0


def test_init_refuses_a_folder_with_a_network(tmp_path):
    init(tmp_path)
    (tmp_path / "network.toml").write_text("precious")
    with pytest.raises(OptionError, match="already holds a network"):
        init(tmp_path)
    assert (tmp_path / "network.toml").read_text() == "precious"
    with pytest.raises(NetworkError):
        load(tmp_path)


def test_readme_names_every_table_and_column():
    text = readme()
    for table in (SETTINGS, *TABLES):
        assert f"## {table.name}." in text
        for column in table.columns:
            assert f"- `{column.name}`: " in text
