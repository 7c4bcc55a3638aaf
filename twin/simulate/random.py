"""Random numbers by meaning: which stream, which entity, which occurrence.

A draw is a function of (seed, stream, entity, n), where n has a meaning of its own,
such as the running number of an order on its lane; so the noise of one machine does not
depend on what happens elsewhere, and stays the same between two branches of a what-if.
"""

from dataclasses import dataclass

from twin.model.laws import CONSTANT, EmpiricalLaws
from twin.simulate._kernels.random import law_quantile, u01

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


@dataclass(frozen=True, slots=True)
class Sampler:
    """Draws durations from the laws of a network.

    Attributes
    ----------
    seed : int
        Any number of 64 bits.
    laws : EmpiricalLaws
        Observed laws of the network.
    """

    seed: int
    laws: EmpiricalLaws

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
        u = u01(self.seed, stream, entity, n)
        laws = self.laws
        drawn: float = law_quantile(
            law.law, law.mean_s, law.cv, laws.start, laws.factor, laws.weight, u
        )
        return drawn

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
    """

    law: int
    mean_s: float
    cv: float = 0.0
