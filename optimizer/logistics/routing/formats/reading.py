"""Tell what form a file is in, and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer.errors import ProblemError
from optimizer.logistics.routing.formats.own import read_own
from optimizer.logistics.routing.formats.solomon import is_solomon, read_solomon
from optimizer.logistics.routing.formats.text import text_of
from optimizer.logistics.routing.formats.vrplib import read_vrplib

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.logistics.routing.formats.text import Rounding
    from optimizer.logistics.routing.problem import RoutingProblem

__all__ = ["read_problem"]

ENDINGS = (".vrp", ".txt", ".json")
"""Of files that may be instances, perhaps with `.gz` behind."""


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
    if _is_plan(path, text):
        beside = _instance_beside(path)
        hint = f"; {beside} beside it looks like one" if beside else ""
        message = (
            f"{path.name} is a plan (Route #1: ...), expected an instance: Solomon's "
            f"form (.txt), VRPLIB (.vrp) or own .json{hint}"
        )
        raise ProblemError(message)
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    if suffixes and suffixes[-1].lower() == ".json":
        return read_own(text, path.name)
    if is_solomon(text):
        return read_solomon(text, path.name, rounding=rounding or "dimacs")
    return read_vrplib(text, path.name, rounding=rounding)


def _is_plan(path: Path, text: str) -> bool:
    is_named = path.name.removesuffix(".gz").lower().endswith(".sol")
    return is_named or text.lstrip()[:7].lower() == "route #"


def _instance_beside(path: Path) -> str:
    """Return what an instance of the same name as a plan is called, "" for none."""
    stem = path.name.removesuffix(".gz").removesuffix(path.suffix)
    stem = stem.removesuffix(".sol")
    names = [f"{stem}{end}{packed}" for end in ENDINGS for packed in ("", ".gz")]
    for name in names:
        if name != path.name and (path.parent / name).is_file():
            return name
    return ""
