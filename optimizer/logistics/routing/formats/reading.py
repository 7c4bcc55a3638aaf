"""Tell what form a file is in, and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.logistics.routing.formats.own import read_own
from optimizer.logistics.routing.formats.solomon import is_solomon, read_solomon
from optimizer.logistics.routing.formats.text import text_of
from optimizer.logistics.routing.formats.vrplib import read_vrplib

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.logistics.routing.formats.text import Rounding
    from optimizer.logistics.routing.problem import RoutingProblem

__all__ = ["read_problem"]


def read_problem(path: Path, *, rounding: Rounding | None = None) -> RoutingProblem:
    """Return the routing problem of a file.

    Parameters
    ----------
    path
        `.json`: own format; else Solomon's form where the text has its headings, and
        VRPLIB, also in PyVRP's dialect. With `.gz` behind it, the file is unpacked.
    rounding
        Of distances and times in a text; None for what is usual in its family.

    Raises
    ------
    ProblemError
        If the file cannot be read, or is not of its form: says where.
    """
    text = text_of(path)
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    if suffixes and suffixes[-1].lower() == ".json":
        return read_own(text, path.name)
    if is_solomon(text):
        return read_solomon(text, path.name, rounding=rounding or "dimacs")
    return read_vrplib(text, path.name, rounding=rounding)
