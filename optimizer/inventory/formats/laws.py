"""Demand laws as files write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import ProblemError
from optimizer.inventory.problem import DemandLaw

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["known_keys", "law_of"]

LAW_KEYS = ("law", "mean", "variance", "sd", "history", "levels", "sums")


def law_of(row: Mapping[str, Any]) -> DemandLaw:
    """Return a demand law of the form of a file.

    Parameters
    ----------
    row
        ``{"law": "poisson", "mean": 4}``; `negative_binomial` with `mean` and
        `variance`; `normal` with `mean` and `sd`; `empirical` with `history`;
        `forecast` with `levels` and `sums`.

    Raises
    ------
    ProblemError
        If it is not of that form.
    """
    known_keys("demand", row, LAW_KEYS)
    law = row.get("law", "empirical" if "history" in row else "poisson")
    match law:
        case "poisson":
            return DemandLaw.poisson(float(row["mean"]))
        case "negative_binomial":
            return DemandLaw.negative_binomial(
                float(row["mean"]), float(row["variance"])
            )
        case "normal":
            return DemandLaw.normal(float(row["mean"]), float(row["sd"]))
        case "empirical":
            return DemandLaw.empirical(np.array(row["history"], np.float64))
        case "forecast":
            levels = np.array(row["levels"], np.float64)
            return DemandLaw.forecast(levels, np.array(row["sums"], np.float64))
    message = (
        "law must be poisson, negative_binomial, normal, empirical or forecast, was "
        f"{row.get('law')!r}"
    )
    raise ProblemError(message)


def known_keys(what: str, row: Any, keys: tuple[str, ...]) -> None:  # noqa: ANN401
    """Refuse what is no object, or has an entry that is not known.

    Parameters
    ----------
    what
        Of the message.
    row
        What JSON holds.
    keys
        That are known.

    Raises
    ------
    ProblemError
        With what is allowed.
    """
    if not isinstance(row, dict):
        message = f"{what}: must be an object, was {row!r}"
        raise ProblemError(message)
    strange = sorted(set(row) - set(keys))
    if strange:
        message = f"{what}: {strange[0]!r} is not known, allowed are {', '.join(keys)}"
        raise ProblemError(message)
