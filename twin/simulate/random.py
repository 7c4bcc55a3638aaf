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
from twin.simulate._kernels.residual import residual_quantile

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
        for first in count(0, _AHEAD):
            found = np.array(self.durations_s(law, stream, entity, first))
            # NumPy rounds to even as Python does.
            yield from np.rint(found * SECOND_US).astype(np.int64).tolist()

    def durations_s(
        self, law: "DurationLaw", stream: int, entity: int, first: int
    ) -> list[float]:
        """Return what `duration_s` does for the numbers from `first` on, 256 of them.

        Parameters
        ----------
        law : DurationLaw
            The law.
        stream, entity : int
            As for `uniform`.
        first : int
            >= 0.

        Returns
        -------
        list of float
            Seconds, >= 0.
        """
        found, laws = np.empty(_AHEAD), self.laws
        draws_ahead(
            self.seed, stream, entity, first, law.law, law.mean_s, *law.parameters,
            laws.start, laws.factor, self.cumulative, found,
        )  # fmt: skip
        drawn_s: list[float] = found.tolist()
        return drawn_s

    def residual_s(
        self, law: "DurationLaw", stream: int, entity: int, n: int, *, age_s: float
    ) -> float:
        """Draw what is left of a duration that has lasted some time.

        Parameters
        ----------
        law : DurationLaw
            The law of the whole.
        stream, entity, n : int
            As for `uniform`.
        age_s : float
            How long it has lasted, seconds >= 0; at 0 it is `duration_s`.

        Returns
        -------
        float
            Seconds, >= 0; 0 of what has lasted as long as it can.
        """
        p0, p1 = (0.0, 0.0) if law.law == CONSTANT else prepared(law.law, law.cv)
        laws = self.laws
        left_s = residual_quantile(
            law.law, law.mean_s, p0, p1, laws.start, laws.factor, self.cumulative,
            age_s, self.uniform(stream, entity, n),
        )  # fmt: skip
        return max(float(left_s), 0.0)

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


class Draws:
    """Durations of one entity by their numbers; those in a row are drawn together.

    Parameters
    ----------
    sampler : Sampler
        Of the network.
    law : DurationLaw
        The law.
    stream, entity : int
        As for `Sampler.uniform`.
    """

    __slots__ = ("_ahead", "_entity", "_first", "_last", "_sampler", "_stream", "law")

    def __init__(
        self, sampler: Sampler, law: DurationLaw, stream: int, entity: int
    ) -> None:
        self.law = law
        self._sampler, self._stream, self._entity = sampler, stream, entity
        self._first, self._last = 0, -1
        self._ahead: list[float] = []

    def at(self, n: int) -> float:
        """Return `Sampler.duration_s` of a number.

        Parameters
        ----------
        n : int
            Running number, >= 0.

        Returns
        -------
        float
            Seconds, >= 0.
        """
        place = n - self._first
        if 0 <= place < len(self._ahead):
            return self._ahead[place]
        if n != self._last + 1:
            self._last = n
            return self._sampler.duration_s(self.law, self._stream, self._entity, n)
        self._first, self._last = n, n + _AHEAD - 1
        self._ahead = self._sampler.durations_s(self.law, self._stream, self._entity, n)
        return self._ahead[0]
