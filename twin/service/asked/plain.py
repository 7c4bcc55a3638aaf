"""JSON that can be kept: no number is infinite, and every text is Unicode."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator


def check_plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value of JSON as it is.

    Parameters
    ----------
    value : Any
        As a body was read.

    Raises
    ------
    ValueError
        If a number in it is not finite, or a text has half a character.

    Examples
    --------
    >>> check_plain([{"factor": 1.5}])
    [{'factor': 1.5}]
    """
    if isinstance(value, float) and not math.isfinite(value):
        msg = f"numbers must be finite, one was {value}"
        raise ValueError(msg)
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            msg = f"texts must be Unicode, one was {value!r:.40}"
            raise ValueError(msg) from error
    elif isinstance(value, dict):
        check_plain(list(value))
        check_plain(list(value.values()))
    elif isinstance(value, list):
        for one in value:
            check_plain(one)
    return value


Plain = Annotated[Any, AfterValidator(check_plain)]
"""Any JSON that can be kept."""
