"""Tables as answers: JSON, CSV, Excel, Parquet and Arrow."""

import io
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import polars as pl
from fastapi import Response
from fastapi.responses import JSONResponse
from xlsxwriter import Workbook

from twin.service.problems import ProblemError

EXCEL_ROWS_MAX = 100_000
"""Rows of a sheet: some 400 MB while it is written; Excel itself has a million."""

_FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"  # and in full width

# A text stays a text: no formula, and no link, of which a sheet shows only a part.
_PLAIN = {
    "nan_inf_to_errors": True, "strings_to_formulas": False, "strings_to_urls": False,
}  # fmt: skip


class Format(StrEnum):
    """What a table may be answered as."""

    JSON = "json"
    CSV = "csv"
    EXCEL = "xlsx"
    PARQUET = "parquet"
    ARROW = "arrow"


MEDIA_TYPES = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv",
    Format.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.file",
}


def safe_for_sheets(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table in which no text is a formula to a spreadsheet.

    Parameters
    ----------
    frame : polars.DataFrame
        Texts that begin as formulas do get an apostrophe in front.

    Returns
    -------
    polars.DataFrame

    References
    ----------
    OWASP (2024), "CSV Injection".

    Examples
    --------
    >>> safe_for_sheets(pl.DataFrame({"item": ["=1+1", "soap"]}))["item"].to_list()
    ["'=1+1", 'soap']
    """
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(_marked(name) for name in texts)


def _marked(name: str) -> pl.Expr:
    text = pl.col(name)
    quoted = pl.concat_str(pl.lit("'"), text)
    is_formula = text.str.contains(_FORMULA)
    return pl.when(is_formula).then(quoted).otherwise(text).alias(name)


def rows_of(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON can hold them: no number is NaN."""
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    finite = (
        pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name)
        for name in floats
    )
    return frame.with_columns(finite).to_dicts()


def answer_table(
    frame: pl.DataFrame, form: Format, *, name: str, about: dict[str, Any]
) -> Response:
    """Answer a table.

    Parameters
    ----------
    frame : polars.DataFrame
        What is answered.
    form : Format
        As what.
    name : str
        Of the file, without its ending; letters, digits and underscores.
    about : dict
        What stands beside `rows` in JSON.

    Returns
    -------
    Response

    Raises
    ------
    ProblemError
        422 for a sheet of more than `EXCEL_ROWS_MAX` rows.
    """
    if form is Format.EXCEL and frame.height > EXCEL_ROWS_MAX:
        msg = (
            f"format: xlsx of {frame.height} rows; allowed: at most {EXCEL_ROWS_MAX}, "
            f"or csv, parquet and arrow"
        )
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-rows", msg)
    if form is Format.JSON:
        return JSONResponse({**about, "rows": rows_of(frame)})
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(_packed(frame, form), media_type=MEDIA_TYPES[form], headers=headers)


def _packed(frame: pl.DataFrame, form: Format) -> bytes:
    to = io.BytesIO()
    if form is Format.CSV:
        safe_for_sheets(frame).write_csv(to)
    elif form is Format.EXCEL:
        with Workbook(to, _PLAIN) as book:
            safe_for_sheets(frame).write_excel(book)
    elif form is Format.PARQUET:
        frame.write_parquet(to)
    else:
        frame.write_ipc(to)
    return to.getvalue()
