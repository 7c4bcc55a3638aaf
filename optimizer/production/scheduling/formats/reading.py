"""Tell what form a file is in, and read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from optimizer.documents import named
from optimizer.errors import ProblemError
from optimizer.production.scheduling.formats.ops import read_ops
from optimizer.production.scheduling.formats.own import read_own, read_setup_shop
from optimizer.production.scheduling.formats.projects import (
    read_patterson,
    read_psplib,
)
from optimizer.production.scheduling.formats.shops import (
    read_flexible_job_shop,
    read_job_shop,
)
from optimizer.production.scheduling.formats.text import Lines, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.production.scheduling.problem import SchedulingProblem

__all__ = ["read_problem"]


def read_problem(path: Path) -> SchedulingProblem:
    """Return the scheduling problem of a file.

    Parameters
    ----------
    path
        `.fjs` flexible job shop; `.sm` or `.mm` PSPLIB; `.rcp` Patterson; `.json` own
        format, a job shop with setups, or an online printing shop; any other name, such
        as `.txt`: a job shop.
        With `.gz` behind it, the file is unpacked.

    Raises
    ------
    ProblemError
        If the file cannot be read, or is not of its form: says where.
    """
    text, name = text_of(path), path.name
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    match suffixes[-1].lower() if suffixes else "":
        case ".fjs":
            return read_flexible_job_shop(Lines(text, name))
        case ".sm" | ".mm":
            return read_psplib(text, name)
        case ".rcp":
            return read_patterson(Lines(text, name))
        case ".json":
            return _read_json(text, name)
        case _:
            return read_job_shop(Lines(text, name))


def _read_json(text: str, name: str) -> SchedulingProblem:
    beginning = text.lstrip()[:1]
    if beginning != "{":
        message = f"{name}: expected a JSON object, got {text[:20]!r}"
        raise ProblemError(message)
    with named(name):
        fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    if "resources" in fields:
        return read_ops(text, name)
    # The shops with setups have a matrix `setup`; ours are called `setups`.
    return read_setup_shop(text, name) if "setup" in fields else read_own(text, name)
