"""Random numbers by meaning: which stream, which entity, which occurrence.

A draw is a function of (seed, stream, entity, n), where n has a meaning of its own,
such as the running number of an order on its lane; so the noise of one machine does not
depend on what happens elsewhere, and stays the same between two branches of a what-if.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from twin.model.laws import CONSTANT, LAW_NAMES, EmpiricalLaws
from twin.simulate._kernels.ahead import draws_ahead, uniforms_ahead
from twin.simulate._kernels.random import (
    cumulative_weights,
    drawn,
    formula_draw,
    law_parameters,
    u01,
)

STREAMS = (
    "demand", "lead_time", "duration", "scrap", "failure", "repair", "shock",
    "arrival", "mix", "sampling", "rework", "supplier_failure", "supplier_repair",
    "wear",
)  # fmt: skip
"""What random numbers are for; the position is the stream. Append, never reorder."""

(
    DEMAND, LEAD_TIME, DURATION, SCRAP, FAILURE, REPAIR, SHOCK,
    ARRIVAL, MIX, SAMPLING, REWORK, SUPPLIER_FAILURE, SUPPLIER_REPAIR, WEAR,
) = range(len(STREAMS))  # fmt: skip

SECOND_US = 1_000_000
_N_FORMULAS = len(LAW_NAMES)
_AHEAD = 256  # draws made together


@lru_cache(maxsize=4096)
def prepared(law: int, cv: float) -> tuple[float, float]:
    """Prepare a law with a formula, once for all draws from it.

    Parameters
    ----------
    law : int
        Code of `twin.model.laws`; observed laws need no preparation and give zeros.
    cv : float
        Standard deviation over mean, in the range of the law.

    Returns
    -------
    tuple of float
        What both engines pass to the sampler besides the mean, see
        `twin.simulate._kernels.random.law_parameters`.

    Examples
    --------
    >>> from twin.model.laws import GAMMA
    >>> shape, log_norm = prepared(GAMMA, 0.5)
    >>> shape, round(log_norm, 12)  # log(4!)
    (4.0, 3.178053830348)
    """
    p0, p1 = law_parameters(law, cv)
    return float(p0), float(p1)


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws durations from the laws of a network.

    Attributes
    ----------
    seed : int
        Any number of 64 bits.
    laws : EmpiricalLaws
        Observed laws of the network.
    cumulative : ndarray of shape (n_factors,), float64
        Running sums of the weights of each observed law; follows from `laws`.
    """

    seed: int
    laws: EmpiricalLaws
    cumulative: NDArray[np.float64] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        cumulative = cumulative_weights(self.laws.start, self.laws.weight)
        object.__setattr__(self, "cumulative", cumulative)

    def uniform(self, stream: int, entity: int, n: int) -> float:
        """Return a number in (0, 1).

        Parameters
        ----------
        stream : int
            One of this module.
        entity, n : int
            Who draws, and for the how-manieth time; >= 0.

        Returns
        -------
        float
        """
        return float(u01(self.seed, stream, entity, n))

    def duration_s(self, law: "DurationLaw", stream: int, entity: int, n: int) -> float:
        """Draw a duration.

        Parameters
        ----------
        law : DurationLaw
            The law.
        stream, entity, n : int
            As for `uniform`.

        Returns
        -------
        float
            Seconds, >= 0.
        """
        if law.law == CONSTANT:
            return law.mean_s
        if law.law < _N_FORMULAS:
            found: float = formula_draw(
                self.seed, stream, entity, n, law.law, law.mean_s, *law.parameters
            )
            return found
        laws = self.laws
        return float(
            drawn(
                self.seed, stream, entity, n, law.law, law.mean_s, *law.parameters,
                laws.start, laws.factor, self.cumulative,
            )
        )  # fmt: skip

    def uniforms(self, stream: int, entity: int) -> Iterator[float]:
        """Yield what `uniform` returns for n = 0, 1, 2 and so on, and faster.

        Parameters
        ----------
        stream, entity : int
            As for `uniform`.

        Yields
        ------
        float
        """
        found = np.empty(_AHEAD)
        for first in count(0, _AHEAD):
            uniforms_ahead(self.seed, stream, entity, first, found)
            yield from found.tolist()

    def durations_us(
        self, law: "DurationLaw", stream: int, entity: int
    ) -> Iterator[int]:
        """Yield what `duration_us` returns for n = 0, 1, 2 and so on, and faster.

        Parameters
        ----------
        law : DurationLaw
            The law.
        stream, entity : int
            As for `uniform`.

        Yields
        ------
        int
            Microseconds, >= 0.
        """
        found, laws = np.empty(_AHEAD), self.laws
        for first in count(0, _AHEAD):
            draws_ahead(
                self.seed, stream, entity, first, law.law, law.mean_s, *law.parameters,
                laws.start, laws.factor, self.cumulative, found,
            )  # fmt: skip
            # numpy rounds to even as Python does.
            yield from np.rint(found * SECOND_US).astype(np.int64).tolist()

    def duration_us(self, law: "DurationLaw", stream: int, entity: int, n: int) -> int:
        """Draw a duration, rounded once to whole microseconds.

        Parameters
        ----------
        law : DurationLaw
            The law.
        stream, entity, n : int
            As for `uniform`.

        Returns
        -------
        int
            >= 0.
        """
        return round(self.duration_s(law, stream, entity, n) * SECOND_US)


@dataclass(frozen=True, slots=True)
class DurationLaw:
    """A law of a duration.

    Attributes
    ----------
    law : int
        Code of `twin.model.laws`.
    mean_s : float
        Mean in seconds, >= 0.
    cv : float
        Standard deviation over mean; laws that have none of their own use it.
    parameters : tuple of float
        See `prepared`; follows from `law` and `cv`.
    """

    law: int
    mean_s: float
    cv: float = 0.0
    parameters: tuple[float, float] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", prepared(self.law, self.cv))
