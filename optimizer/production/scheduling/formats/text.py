"""Numbers of a text, with the line each stands on."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError
from optimizer.production.scheduling.problem import LATEST

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Lines", "text_of", "whole"]


def text_of(path: Path) -> str:
    """Return the text of a file, unpacked if its name ends in `.gz`.

    Parameters
    ----------
    path
        A text file in UTF-8.

    Raises
    ------
    ProblemError
        If it cannot be read, or is not text.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise ProblemError(message) from error


class Lines:
    """The rows of numbers in a text, without comments and empty lines.

    Parameters
    ----------
    text
        Whole numbers, or numbers that are whole, between white space. A line that
        begins with ``#`` is a comment.
    name
        What errors call it.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.at = 0
        self._rows = [
            (number, row)
            for number, row in enumerate(text.splitlines(), start=1)
            if row.strip() and not row.lstrip().startswith("#")
        ]

    def __len__(self) -> int:
        """Return the number of rows left."""
        return len(self._rows) - self.at

    def next_row(self) -> list[int]:
        """Return the numbers of the next row.

        Raises
        ------
        ProblemError
            If there is none, or something in it is not a whole number.
        """
        if not len(self):
            message = f"{self.name} ends early, after {len(self._rows)} rows"
            raise ProblemError(message)
        number, row = self._rows[self.at]
        self.at += 1
        try:
            return [whole(word) for word in row.split()]
        except ValueError as error:
            message = f"{self.name}, line {number}: {error}"
            raise ProblemError(message) from error

    def refuse(self, why: str) -> ProblemError:
        """Return an error about the row read last.

        Parameters
        ----------
        why
            What is wrong with it.
        """
        number = self._rows[max(self.at - 1, 0)][0] if self._rows else 0
        return ProblemError(f"{self.name}, line {number}: {why}")


def whole(word: str) -> int:
    """Return the number that a word stands for.

    Parameters
    ----------
    word
        A whole number, also written as ``3.0``, within plus and minus 2^53.

    Raises
    ------
    ValueError
        If it is not one.
    """
    try:
        value: float = int(word)
    except ValueError:
        value = float(word)
    if not (abs(value) < LATEST and value == int(value)):
        message = f"expected a whole number below 2^53, got {word[:40]!r}"
        raise ValueError(message)
    return int(value)
