import io
import json

import polars as pl
import pytest

from twin.service.tables import Format, answer_table, safe_for_sheets

FRAME = pl.DataFrame(
    {
        "item": ["=cmd|' /C calc'!A0", "soap", "a=b", "-1"],
        "units": [1.5, None, float("nan"), 2.0],
    }
)


def test_json_has_no_number_that_is_none():
    answer = answer_table(FRAME, Format.JSON, name="stock", about={"table": "stock"})
    body = json.loads(answer.body)
    assert body["table"] == "stock"
    assert [row["units"] for row in body["rows"]] == [1.5, None, None, 2.0]


def test_no_text_is_a_formula():
    assert safe_for_sheets(FRAME)["item"].to_list() == [
        "'=cmd|' /C calc'!A0", "soap", "a=b", "'-1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "read"),
    [
        (Format.CSV, pl.read_csv),
        (Format.PARQUET, pl.read_parquet),
        (Format.ARROW, pl.read_ipc),
        (Format.EXCEL, pl.read_excel),
    ],
)
def test_file_holds_the_table(form, read):
    answer = answer_table(FRAME, form, name="stock", about={})
    assert f'filename="stock.{form}"' in answer.headers["content-disposition"]
    found = read(io.BytesIO(answer.body))
    assert found.columns == ["item", "units"]
    assert found["units"][3] == 2.0
    is_sheet = form in {Format.CSV, Format.EXCEL}
    assert found["item"][3] == ("'-1" if is_sheet else "-1")
