import io
import json
import zipfile

import polars as pl
import pytest

from twin.service import tables
from twin.service.problems import ProblemError
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


def test_text_of_a_sheet_is_no_link_and_shown_whole():
    texts = [
        r"external:\\evil.example\share.xlsx", "http://evil.example/x",
        "mailto:a@evil.example", "internal:Sheet1!A1", "{=1+1}",
    ]  # fmt: skip
    frame = pl.DataFrame({"item": texts})
    content = io.BytesIO(answer_table(frame, Format.EXCEL, name="s", about={}).body)
    assert pl.read_excel(content)["item"].to_list() == texts
    with zipfile.ZipFile(content) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"hyperlink" not in sheet
    assert b"<f>" not in sheet


@pytest.mark.parametrize("text", ["\n=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"])
def test_formula_in_other_writing_is_none_either(text):
    assert safe_for_sheets(pl.DataFrame({"item": [text]}))["item"][0] == f"'{text}"


def test_sheet_that_is_too_long_is_refused_and_files_are_not(monkeypatch):
    monkeypatch.setattr(tables, "EXCEL_ROWS_MAX", 3)
    with pytest.raises(ProblemError, match="xlsx of 4 rows; allowed: at most 3"):
        answer_table(FRAME, Format.EXCEL, name="stock", about={})
    assert answer_table(FRAME[:3], Format.EXCEL, name="stock", about={}).body
    assert answer_table(FRAME, Format.CSV, name="stock", about={}).body
