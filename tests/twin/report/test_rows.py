"""Pages of plain tables."""

from twin.report.rows import ROWS_MAX, RowsPage, RowTable, render


def test_rows_are_escaped_numbered_and_counted():
    rows = [{"name": "<b>", "amount": 1234567.0, "note": None}] * (ROWS_MAX + 1)
    page = render(
        RowsPage(
            title="Plan",
            facts={"status": "optimal"},
            tables=[
                RowTable(name="t", title="T", caption="All rows.", rows=rows),
                RowTable(name="u", title="U", caption="None.", rows=[]),
            ],
        )
    )
    assert "&lt;b&gt;" in page
    assert "1,234,567" in page
    assert f"The first {ROWS_MAX} of {ROWS_MAX + 1} rows." in page
    assert "There is nothing here." in page
    heads = '<th scope="col">name</th><th scope="col" class="num">amount</th></tr>'
    assert heads in page  # nothing is noted
