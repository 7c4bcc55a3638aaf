"""Rows of a CSV text that have more or fewer cells than its header."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A row of another width than the header.

    Attributes
    ----------
    row : int
        Its number as a spreadsheet shows it: the header is row 1.
    cells : tuple of str
        What stands in it.
    n_columns : int
        Cells of the header.
    """

    row: int
    cells: tuple[str, ...]
    n_columns: int


class MalformedRowError(ValueError):
    """A row whose quotes are in the wrong place; the message names it."""


class UnclosedQuoteError(MalformedRowError):
    """A row with a quote that nothing closes before the end of the text."""


def without_ragged(text: str, delimiter: str) -> tuple[str, list[RaggedRow]]:
    r"""Blank the rows of another width than the header: the others keep their number.

    Parameters
    ----------
    text : str
        Of a whole CSV file.
    delimiter : str
        One character.

    Returns
    -------
    str
        The text, with nothing in the cells of such a row.
    list of RaggedRow
        The rows that were blanked and said something.

    Raises
    ------
    MalformedRowError
        If a quote is never closed, or has text behind it.

    Examples
    --------
    >>> without_ragged("a,b\n1,2\n3\n", ",")
    ('a,b\n1,2\n,\n', [RaggedRow(row=3, cells=('3',), n_columns=2)])
    """
    n_columns = 0
    ragged: list[RaggedRow] = []
    spans: list[tuple[int, int]] = []
    for row, (cells, first, last) in enumerate(_records(text, delimiter), 1):
        n_columns = n_columns or len(cells)
        if cells and len(cells) != n_columns:
            spans.append((first, last))
            if any(cells):
                ragged.append(RaggedRow(row, tuple(cells), n_columns))
    if not spans:
        return text, []
    lines = _lines(text).readlines()
    for first, last in spans:
        lines[first:last] = [delimiter * (n_columns - 1) + "\n"] + [""] * (
            last - first - 1
        )
    return "".join(lines), ragged


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="\n")


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], int, int]]:
    """Yield the cells of each record, with its first line and the one after it."""
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    n_records = first = 0
    try:
        for cells in reader:
            yield cells, first, reader.line_num
            first = reader.line_num
            n_records += 1
    except csv.Error as error:
        at = f"row {n_records + 1}, which begins in line {first + 1}"
        if "unexpected end" in str(error):
            msg = f"{at}: a quote opens there that nothing closes"
            raise UnclosedQuoteError(msg) from error
        # A cell over the limit may be one, or begin with a quote that nothing closes.
        msg = f"{at}: quotes there open and close nothing ({error})"
        raise MalformedRowError(msg) from error
