"""The specifications and sections of a VRPLIB text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.errors import ProblemError
from optimizer.logistics.routing.formats.text import euclidean, numbers

if TYPE_CHECKING:
    from optimizer.logistics.routing.problem import FloatArray

__all__ = ["Sections", "read_sections"]


@dataclass(frozen=True, slots=True)
class Sections:
    """What a VRPLIB text says, by name.

    Parameters
    ----------
    name
        What errors call the text.
    specifications
        The text behind each colon.
    rows
        Rows of numbers of each section, with the leading number of each row.
    """

    name: str
    specifications: dict[str, str]
    rows: dict[str, list[list[float]]]

    def refuse(self, why: str) -> ProblemError:
        """Return an error about the text.

        Parameters
        ----------
        why
            What is wrong with it.
        """
        return ProblemError(f"{self.name}: {why}")

    def text(self, key: str, default: str = "") -> str:
        """Return a specification.

        Parameters
        ----------
        key
            Such as `TYPE`.
        default
            Where it is missing.
        """
        return self.specifications.get(key, default)

    def number(self, key: str) -> float | None:
        """Return a specification that is a number, None where it is missing.

        Parameters
        ----------
        key
            Such as `CAPACITY`.
        """
        text = self.specifications.get(key)
        if text is None:
            return None
        return numbers([text], f"{self.name}, {key}")[0]

    def whole(self, key: str) -> int | None:
        """Return a specification that is a whole number, None where it is missing.

        Parameters
        ----------
        key
            Such as `DIMENSION`.
        """
        value = self.number(key)
        if value is not None and value != int(value):
            why = f"{key} must be whole, was {value}"
            raise self.refuse(why)
        return None if value is None else int(value)

    def ragged(self, key: str, n: int) -> list[list[float]] | None:
        """Return the rows of a section without their leading number, in its order.

        Parameters
        ----------
        key
            Name without `_SECTION`.
        n
            Number of rows that must be there, numbered 1 to n.
        """
        rows = self.rows.get(key)
        if rows is None:
            return None
        ordered = sorted(rows, key=lambda row: row[0])
        if [row[0] for row in ordered] != list(range(1, n + 1)):
            why = f"{key}_SECTION must have {n} rows, numbered from 1, had {len(rows)}"
            raise self.refuse(why)
        return [row[1:] for row in ordered]

    def table(self, key: str, n: int) -> FloatArray | None:
        """Return a section as a table, None where it is missing.

        Parameters
        ----------
        key, n
            See `ragged`.

        Returns
        -------
        ndarray of shape (n, n_columns), float64
        """
        rows = self.ragged(key, n)
        if rows is None:
            return None
        if not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
            why = f"the rows of {key}_SECTION must be equally long"
            raise self.refuse(why)
        return np.array(rows)

    def column(self, key: str, n: int, default: float) -> FloatArray:
        """Return a value a row, from a section or from one number for all.

        Parameters
        ----------
        key, n
            See `ragged`.
        default
            Where neither is there.

        Returns
        -------
        ndarray of shape (n,), float64
        """
        table = self.table(key, n)
        if table is not None:
            return table[:, 0]
        value = self.number(key)
        return np.full(n, default if value is None else value)

    def matrix(self, n: int) -> FloatArray:
        """Return the distances.

        Parameters
        ----------
        n
            Number of places.

        Returns
        -------
        ndarray of shape (n, n), float64
        """
        kind, form = self.text("EDGE_WEIGHT_TYPE"), self.text("EDGE_WEIGHT_FORMAT")
        if kind == "EUC_2D":
            place = self.table("NODE_COORD", n)
            if place is None or place.shape[1] != len("xy"):
                why = "EUC_2D needs a NODE_COORD_SECTION with x and y"
                raise self.refuse(why)
            return euclidean(place)
        flat = np.array([v for row in self.rows.get("EDGE_WEIGHT", []) for v in row])
        if kind == "EXPLICIT" and form == "FULL_MATRIX" and flat.size == n * n:
            return flat.reshape(n, n)
        if kind == "EXPLICIT" and form == "LOWER_ROW" and flat.size == n * (n - 1) // 2:
            matrix = np.zeros((n, n))
            matrix[np.tril_indices(n, k=-1)] = flat
            return matrix + matrix.T
        why = (
            f"EDGE_WEIGHT_TYPE must be EUC_2D, or EXPLICIT as FULL_MATRIX or LOWER_ROW "
            f"of {n} places, was {kind} {form} with {flat.size} numbers"
        )
        raise self.refuse(why)


def read_sections(text: str, name: str) -> Sections:
    """Return the parts of a VRPLIB text.

    Parameters
    ----------
    text
        Lines ``KEY : VALUE``, then sections ``KEY_SECTION`` with rows of numbers.
    name
        What errors call it.

    Raises
    ------
    ProblemError
        If a line is neither.
    """
    specifications: dict[str, str] = {}
    rows: dict[str, list[list[float]]] = {}
    section = None
    for at, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if words[0] == "EOF":
            break
        head = words[0].rstrip(":")
        if head.endswith("_SECTION"):
            section = rows.setdefault(head.removesuffix("_SECTION"), [])
        elif section is not None:
            section.append(numbers(words, f"{name}, line {at}"))
        elif ":" in line:
            key, _, value = line.partition(":")
            specifications[key.strip().upper()] = value.strip().strip('"')
        else:
            message = f"{name}, line {at}: expected 'KEY : VALUE', got {line[:60]!r}"
            raise ProblemError(message)
    return Sections(name, specifications, rows)
