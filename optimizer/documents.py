"""Documents of problems: what is wrong in one is told with its name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from optimizer.errors import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["named"]


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a document before whatever is said to be wrong in it.

    Parameters
    ----------
    name
        Of a file, or of a part of it.

    Raises
    ------
    ProblemError
        In place of one without the name, or of an error of decoding.

    Examples
    --------
    >>> with named("lots.json"):
    ...     raise ProblemError("items must not be empty")
    Traceback (most recent call last):
    optimizer.errors.ProblemError: lots.json: items must not be empty
    """
    try:
        yield
    except (msgspec.MsgspecError, ProblemError) as error:
        message = f"{name}: {error}"
        raise ProblemError(message) from error
