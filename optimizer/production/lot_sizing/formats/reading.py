"""Tell what form a file is in, and read it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from optimizer.errors import ProblemError
from optimizer.production.lot_sizing.formats.own import read_own
from optimizer.production.lot_sizing.formats.trigeiro import read_trigeiro

if TYPE_CHECKING:
    from pathlib import Path

    from optimizer.production.lot_sizing.problem import LotSizingProblem

__all__ = ["read_problem"]


def read_problem(path: Path) -> LotSizingProblem:
    """Return the lot-sizing problem of a file.

    Parameters
    ----------
    path
        `.json`: own format; any other name, such as `.txt` or `.DAT`: Trigeiro's. With
        `.gz` behind it, the file is unpacked.

    Raises
    ------
    ProblemError
        If the file cannot be read, or is not of its form: says where.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        text = data.decode()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        message = f"{path} cannot be read: {error}"
        raise ProblemError(message) from error
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix != ".gz"]
    if suffixes[-1:] == [".json"]:
        return read_own(text, path.name)
    return read_trigeiro(text, path.name)
