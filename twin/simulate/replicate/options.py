"""How scenarios are replicated, and when that is enough."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from twin.errors import OptionError
from twin.simulate.replicate.intervals import N_VALUES_MIN, check_confidence
from twin.simulate.replicate.seeds import SEED_BITS

Backend = Literal["serial", "threads", "ray"]
BACKENDS: tuple[str, ...] = get_args(Backend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How well a measure shall be known: one of `half_width` and `relative`.

    Attributes
    ----------
    measure : str
        Name of a measure that every scenario it is about has.
    half_width : float or None
        Wanted half width in the unit of the measure, > 0.
    relative : float or None
        Wanted relative error of the mean, in (0, 1).
    baseline : str or None
        None: the mean of every scenario shall be known so well. A scenario: the paired
        difference of every other one to it.

    Examples
    --------
    >>> Target(measure="fill_rate", half_width=0.01).half_width
    0.01
    """

    measure: str
    half_width: float | None = None
    relative: float | None = None
    baseline: str | None = None

    def __post_init__(self) -> None:
        named = f"target of {self.measure!r}"
        if (self.half_width is None) == (self.relative is None):
            msg = f"{named}: give one of half_width and relative"
            raise OptionError(msg)
        if self.half_width is not None and not self.half_width > 0.0:
            msg = f"{named}: half_width must be > 0, was {self.half_width}"
            raise OptionError(msg)
        if self.relative is not None and not 0.0 < self.relative < 1.0:
            msg = f"{named}: relative must be between 0 and 1, was {self.relative}"
            raise OptionError(msg)

    def allowed(self, mean: float) -> float:
        """Return the half width that is small enough beside a mean.

        An error relative to the unknown mean of at most g is kept by a half width of
        g / (1 + g) of the mean that was found.

        References
        ----------
        Law (2015), Simulation Modeling and Analysis, section 9.4.1.
        """
        if self.half_width is not None:
            return self.half_width
        assert self.relative is not None
        return self.relative / (1.0 + self.relative) * abs(mean)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicateOptions:
    """Options of `replicate`.

    Attributes
    ----------
    n_max : int
        Replications of each scenario, >= 1; with targets, at most so many.
    n_min : int
        Replications before targets are looked at, >= 2. Too few let the procedure stop
        on a spread that is small by chance; a measure that is the same in most
        replications, such as a rare shortage, needs many.
    seed : int
        Of the experiment, 0 to 2^64 - 1; each replication derives its own.
    confidence : float
        Of all intervals, in (0, 1).
    targets : tuple of Target
        Replications end as soon as all are met at once, each allowed its part of
        1 - confidence (Bonferroni). Empty: `n_max` replications.
    backend : {"serial", "threads", "ray"}
        Where runs are executed. Numbers are the same everywhere. Threads help runs
        that let the interpreter go, such as compiled kernels with ``nogil``.
    n_workers : int or None
        Runs at the same time, >= 1; None: the cores of this process, or of the Ray
        cluster. Serial has one.
    n_per_task : int
        Replications of a scenario that a worker takes at once, >= 1. A task costs some
        0.05 ms on threads and 1 ms on Ray: take more where a run is shorter than that.

    Raises
    ------
    OptionError
        If an option is outside its range.

    Examples
    --------
    >>> ReplicateOptions(n_max=100, targets=(Target(measure="cost", relative=0.05),))
    ... # doctest: +ELLIPSIS
    ReplicateOptions(n_max=100, n_min=10, seed=0, ...)
    """

    n_max: int
    n_min: int = 10
    seed: int = 0
    confidence: float = 0.95
    targets: tuple[Target, ...] = ()
    backend: Backend = "serial"
    n_workers: int | None = None
    n_per_task: int = 1

    def __post_init__(self) -> None:
        check_confidence(self.confidence)
        for name, least in (("n_max", 1), ("n_min", N_VALUES_MIN), ("n_per_task", 1)):
            if getattr(self, name) < least:
                msg = f"{name} must be >= {least}, was {getattr(self, name)}"
                raise OptionError(msg)
        if self.n_workers is not None and self.n_workers < 1:
            msg = f"n_workers must be >= 1, was {self.n_workers}"
            raise OptionError(msg)
        if not 0 <= self.seed < 1 << SEED_BITS:
            msg = f"seed must be 0 to 2^64 - 1, was {self.seed}"
            raise OptionError(msg)
        if self.targets and self.n_min > self.n_max:
            msg = f"n_min must be <= n_max, which is {self.n_max}, was {self.n_min}"
            raise OptionError(msg)
        if self.backend not in BACKENDS:
            msg = f"backend {self.backend!r}; allowed: {', '.join(BACKENDS)}"
            raise OptionError(msg)


def check_baselines(targets: Iterable[Target], scenarios: tuple[str, ...]) -> None:
    """Raise OptionError if a target names a baseline that is no scenario."""
    for target in targets:
        if target.baseline is not None and target.baseline not in scenarios:
            msg = (
                f"target of {target.measure!r}: baseline {target.baseline!r}; "
                f"allowed: {', '.join(scenarios)}"
            )
            raise OptionError(msg)


def n_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
