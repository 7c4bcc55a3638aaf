"""Plays candidates on the same futures and picks one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import OptionError
from twin.judging.criteria import CRITERIA, MEAN, certainty_of, criterion_of
from twin.judging.futures import Played
from twin.judging.verdict import Figures, Verdict, cvar, reason_of
from twin.simulate.replicate.ranking import rank
from twin.simulate.replicate.seeds import replication_seed

Array = NDArray[np.float64]

N_FIRST = 3
"""Futures of every candidate before one can be given up: with two, a paired t test has
one degree of freedom and tells hardly anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeOptions:
    """How candidates are judged.

    Attributes
    ----------
    n_futures : int
        Futures that a candidate is played on, at most, >= 2.
    horizon : int
        Reviews of a future, >= 1.
    criterion : str
        One of `CRITERIA`.
    cvar_level : float or None
        Share of futures that are cheaper than those of CVaR, in [0, 1); it is told for
        all candidates where it is given, and ``cvar`` needs it.
    service_min : float
        Median service a candidate must reach to be chosen by cost, in [0, 1].
    confidence : float
        With which a candidate must be better by the criterion than the one that is
        followed before that is changed, and, of criterion ``mean``, than another before
        that is given up, in (0, 1).

    Raises
    ------
    OptionError
        If one is outside what is allowed.
    """

    n_futures: int = 8
    horizon: int = 28
    criterion: str = "mean"
    cvar_level: float | None = None
    service_min: float = 0.0
    confidence: float = 0.9

    def __post_init__(self) -> None:
        if self.n_futures < 2:  # noqa: PLR2004
            msg = f"n_futures must be >= 2, was {self.n_futures}"
            raise OptionError(msg)
        if self.horizon < 1:
            msg = f"horizon must be >= 1, was {self.horizon}"
            raise OptionError(msg)
        if self.criterion not in CRITERIA:
            known = ", ".join(CRITERIA)
            msg = f"criterion must be one of {known}, was {self.criterion!r}"
            raise OptionError(msg)
        if self.cvar_level is None:
            if self.criterion == "cvar":
                msg = "cvar_level must be given for criterion cvar"
                raise OptionError(msg)
        elif not 0.0 <= self.cvar_level < 1.0:
            msg = f"cvar_level must be in [0, 1), was {self.cvar_level}"
            raise OptionError(msg)
        if not 0.0 <= self.service_min <= 1.0:
            msg = f"service_min must be in [0, 1], was {self.service_min}"
            raise OptionError(msg)
        if not 0.0 < self.confidence < 1.0:
            msg = f"confidence must be above 0 and below 1, was {self.confidence}"
            raise OptionError(msg)


Play = Callable[[str, int], Played]
"""Plays a candidate, by its name, on the future of a seed."""


class Judge:
    """Picks the candidate that does best on futures that all of them meet.

    Futures are played one by one for all candidates that are left. By their mean, who
    is surely worse than another on the same futures is given up, so that most of the
    work goes into those that are hard to tell apart. By other criteria all are played
    on all futures: who is dearer in the mean may still have the cheapest tail.

    Parameters
    ----------
    options : JudgeOptions
        How.

    References
    ----------
    Nelson, Swann, Goldsman, Song (2001), "Simple procedures for selecting the best
    simulated system when the number of alternatives is large", Operations Research
    49(6), section 3: screening by paired differences.
    """

    def __init__(self, options: JudgeOptions) -> None:
        self._options = options

    def judge(
        self,
        names: Sequence[str],
        play: Play,
        *,
        seed: int,
        now_us: int,
        incumbent: str | None = None,
    ) -> Verdict:
        """Judge candidates.

        Parameters
        ----------
        names : sequence of str
            Candidates, at least one, each once.
        play : callable
            Plays one of them on the future of a seed.
        seed : int
            From which the seeds of all futures derive, >= 0.
        now_us : int
            Time of the review, microseconds UTC.
        incumbent : str or None
            The candidate that is followed: it stays unless another is surely better,
            or it does not reach the service asked for.

        Returns
        -------
        Verdict

        Raises
        ------
        OptionError
            If there is no candidate, or one comes twice.
        """
        if not names or len(set(names)) < len(names):
            msg = f"names must be of one candidate at least, each once, were {names}"
            raise OptionError(msg)
        played: dict[str, list[Played]] = {name: [] for name in names}
        left = list(names)
        for future in range(self._options.n_futures):
            future_seed = replication_seed(seed, future)
            for name in left:
                played[name].append(play(name, future_seed))
            if len(left) == 1 < len(names):
                break
            if future + 1 >= N_FIRST and self._options.criterion == MEAN:
                left = self._contenders(played, left, incumbent)
        return self._verdict(played, left, incumbent=incumbent, now_us=now_us)

    def _contenders(
        self,
        played: Mapping[str, list[Played]],
        left: list[str],
        incumbent: str | None,
    ) -> list[str]:
        # Who serves too little must not end who serves enough.
        costs = {
            name: [each.cost for each in played[name]]
            for name in left
            if self._serves(played[name])
        }
        if len(costs) < 2:  # noqa: PLR2004
            return left
        ranked = rank(costs, confidence=self._options.confidence)
        beaten = {one.scenario for one in ranked if not one.is_contender}
        return [name for name in left if name == incumbent or name not in beaten]

    def _serves(self, played: list[Played]) -> bool:
        median = float(np.median([each.service for each in played]))
        return median >= self._options.service_min

    def _verdict(
        self,
        played: Mapping[str, list[Played]],
        left: list[str],
        *,
        incumbent: str | None,
        now_us: int,
    ) -> Verdict:
        options = self._options
        serving = [name for name in left if self._serves(played[name])]
        if serving:
            chosen = self._cheapest(played, serving, incumbent)
        else:
            chosen = max(
                left, key=lambda name: np.median([p.service for p in played[name]])
            )
        figures = {
            name: self._figures(name, played, chosen, is_left=name in left)
            for name in played
        }
        return Verdict(
            now_us=now_us,
            chosen=chosen,
            figures=tuple(figures.values()),
            criterion=options.criterion,
            horizon=options.horizon,
            reason=reason_of(
                figures[chosen],
                figures,
                criterion=options.criterion,
                incumbent=incumbent,
                is_short=not serving,
            ),
        )

    def _cheapest(
        self,
        played: Mapping[str, list[Played]],
        names: list[str],
        incumbent: str | None,
    ) -> str:
        cost = {name: self._criterion(played[name]) for name in names}
        best = min(names, key=cost.__getitem__)
        if incumbent not in cost or best == incumbent:
            return best
        sure = certainty_of(
            _costs(played[best]),
            _costs(played[incumbent]),
            self._options.criterion,
            cvar_level=self._options.cvar_level,
        )
        return best if sure >= self._options.confidence else str(incumbent)

    def _criterion(self, played: list[Played]) -> float:
        return criterion_of(
            _costs(played),
            self._options.criterion,
            cvar_level=self._options.cvar_level,
        )

    def _figures(
        self,
        name: str,
        played: Mapping[str, list[Played]],
        chosen: str,
        *,
        is_left: bool,
    ) -> Figures:
        cost = _costs(played[name])
        service = np.array([each.service for each in played[name]])
        other = _costs(played[chosen][: len(cost)])
        level = self._options.cvar_level
        n = len(other)
        return Figures(
            name=name,
            n_futures=len(cost),
            cost_p50=float(np.quantile(cost, 0.5)),
            cost_p90=float(np.quantile(cost, 0.9)),
            cost_mean=float(cost.mean()),
            cost_cvar=None if level is None else cvar(cost, level),
            service_p50=float(np.quantile(service, 0.5)),
            service_p10=float(np.quantile(service, 0.1)),
            dearer=float((cost[:n] - other).mean()),
            is_contender=is_left,
        )


def _costs(played: Sequence[Played]) -> Array:
    return np.array([each.cost for each in played])
