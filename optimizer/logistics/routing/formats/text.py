"""Texts of instances, and what rounding makes whole numbers of them."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Literal

import numpy as np

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.logistics.routing.problem import FloatArray, IntArray

__all__ = ["ROUNDINGS", "Rounding", "euclidean", "numbers", "rounded", "text_of"]

Rounding = Literal["round", "trunc", "dimacs", "exact"]
"""`round`: to whole numbers. `trunc`: decimals cut off. `dimacs`: ten times the number,
the rest cut off, as the DIMACS challenge has it. `exact`: a thousand times, rounded."""

ROUNDINGS: tuple[Rounding, ...] = ("round", "trunc", "dimacs", "exact")

# A distance such as 0.1 * 3 must not lose a unit to the last bit of a float.
LAST_BIT = 1e-9


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
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        message = f"{path} cannot be read: {error}"
        raise ProblemError(message) from error


def rounded(values: FloatArray, rounding: Rounding) -> IntArray:
    """Return numbers as whole ones.

    Parameters
    ----------
    values
        ndarray of any shape, float64.
    rounding
        How; it also says what a unit is.

    Examples
    --------
    >>> import numpy as np
    >>> [rounded(np.array([2.56]), how).tolist() for how in ROUNDINGS]
    [[3], [2], [25], [2560]]
    """
    match rounding:
        case "round":
            values = np.round(values)
        case "dimacs":
            values = values * 10 + LAST_BIT
        case "exact":
            values = np.round(values * 1000)
        case "trunc":
            values = values + LAST_BIT
    return values.astype(np.int64)


def euclidean(place: FloatArray) -> FloatArray:
    """Return the distances between places on a plane.

    Parameters
    ----------
    place
        ndarray of shape (n, 2), float64.

    Returns
    -------
    ndarray of shape (n, n), float64
    """
    delta = place[:, None, :] - place[None, :, :]
    result: FloatArray = np.sqrt((delta * delta).sum(axis=2))
    return result


def numbers(words: list[str], where: str) -> list[float]:
    """Return the numbers that words stand for.

    Parameters
    ----------
    words
        Text.
    where
        What an error says of the place.

    Raises
    ------
    ProblemError
        If a word is not a finite number.
    """
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        message = f"{where}: {error}"
        raise ProblemError(message) from error
    if not np.isfinite(values).all():
        message = f"{where}: expected finite numbers, got {' '.join(words)[:60]!r}"
        raise ProblemError(message)
    return values
