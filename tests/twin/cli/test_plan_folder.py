"""Plan folders of plain tables."""

from twin.cli.plan_folder import write_folder
from twin.report.rows import RowTable


def test_a_folder_holds_tables_with_rows_alone(tmp_path):
    tables = [
        RowTable(
            name="orders", title="Orders", caption="All", rows=[{"a": 1, "b": "x"}]
        ),
        RowTable(name="rest", title="Rest", caption="None", rows=[]),
    ]
    document = {"status": "optimal", "orders": [1], "gap": 2e-16}
    files = write_folder(
        tmp_path / "plan", document=document, tables=tables,
        title="Plan of <x>", subtitle="done",
    )  # fmt: skip
    assert {file.name for file in files} == {"plan.json", "report.html", "orders.csv"}
    assert (tmp_path / "plan/orders.csv").read_text() == "a,b\n1,x\n"
    page = (tmp_path / "plan/report.html").read_text()
    assert "Plan of &lt;x&gt;" in page
    assert "optimal" in page
    assert "<dt>gap</dt><dd>0</dd>" in page
