"""Scenarios played with the same seeds, until enough is known of them.

Runs may finish in any order; they count in the order of their replications. When to
stop, and which failure is reported, is decided by what lies before, as if all had been
played one after another: so the numbers depend neither on backend nor on workers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from twin.errors import OptionError
from twin.simulate.replicate.errors import ReplicationError
from twin.simulate.replicate.options import ReplicateOptions, check_baselines
from twin.simulate.replicate.pools import Pool, open_pool
from twin.simulate.replicate.result import Replications
from twin.simulate.replicate.seeds import replication_seed
from twin.simulate.replicate.stopping import Stopping
from twin.simulate.replicate.tasks import Failure, Outcome, Run, Task


@dataclass(frozen=True, slots=True)
class Progress:
    """How far replications are.

    Attributes
    ----------
    n_done : int
        Replications that every scenario has.
    n_expected : int
        Replications that will do: `n_max`, or with targets an estimate from the spread
        so far, which may rise and fall.
    """

    n_done: int
    n_expected: int
    _gathered: "Gathered" = field(repr=False)

    def so_far(self) -> Replications:
        """Return the replications done up to this progress.

        What was kept of the last progress survives Ctrl-C.
        """
        return self._gathered.result(self.n_done)


OnProgress = Callable[[Progress], None]


def replicate(
    scenarios: Mapping[str, Run],
    options: ReplicateOptions,
    *,
    on_progress: OnProgress | None = None,
) -> Replications:
    """Play scenarios with common random numbers.

    Replication r of every scenario is called with the same seed,
    ``replication_seed(options.seed, r)``; so differences between scenarios are paired,
    and a run that draws by meaning keeps most of its noise out of them.

    Parameters
    ----------
    scenarios : mapping of str to Run
        At least one, by name. On threads runs must not share what they change; on Ray
        they are pickled.
    options : ReplicateOptions
        How many, how well, and where.
    on_progress : callable or None
        Called in this thread after each replication of all scenarios, in their order.

    Returns
    -------
    Replications
        All scenarios with the same replications.

    Raises
    ------
    OptionError
        If there is no scenario, a target names what is not there, or the backend is
        not installed.
    ReplicationError
        If a run fails, gives other measures than its first replication, or one that is
        infinite. The first by replication and scenario counts.
    KeyboardInterrupt
        On Ctrl-C, once the runs under way on threads have ended; those on Ray are
        cancelled.

    Examples
    --------
    >>> scenarios = {
    ...     "as_is": lambda seed: {"cost": 10.0 + seed % 3},
    ...     "faster": lambda seed: {"cost": 9.0 + seed % 3},
    ... }
    >>> found = replicate(scenarios, ReplicateOptions(n_max=20))
    >>> found.differences("as_is")["difference"].to_list()
    [-1.0]
    """
    names = tuple(scenarios)
    if not names:
        msg = "scenarios must hold at least one"
        raise OptionError(msg)
    check_baselines(options.targets, names)
    with open_pool(options, names, tuple(scenarios.values())) as pool:
        return drive(pool, names, options, on_progress=on_progress)


def drive(
    pool: Pool,
    names: tuple[str, ...],
    options: ReplicateOptions,
    *,
    on_progress: OnProgress | None = None,
) -> Replications:
    """Give tasks to a pool until enough is known; parameters as for `replicate`."""
    gathered = Gathered(names, options, on_progress)
    tasks = _tasks(len(names), options)
    waiting = next(tasks, None)
    n_under_way = 0
    # A slow run holds up what comes after it: no more than this is kept for it.
    n_blocks_ahead = 1 + -(-pool.n_waiting_max // len(names))
    while not gathered.is_complete:
        while (
            waiting is not None
            and n_under_way < pool.n_waiting_max
            and waiting.block < gathered.n_blocks + n_blocks_ahead
        ):
            pool.submit(waiting)
            n_under_way += 1
            waiting = next(tasks, None)
        for task, outcomes in pool.finished():
            n_under_way -= 1
            gathered.take(task, outcomes)
    return gathered.result(gathered.n_done)


def _tasks(n_scenarios: int, options: ReplicateOptions) -> Iterator[Task]:
    # Scenario by scenario within a block, so that replications become complete early.
    starts = range(0, options.n_max, options.n_per_task)
    for block, first in enumerate(starts):
        stop = min(first + options.n_per_task, options.n_max)
        seeds = tuple(replication_seed(options.seed, r) for r in range(first, stop))
        for scenario in range(n_scenarios):
            yield Task(block, scenario, first, seeds)


class Gathered:
    """What has come, put into the order of replications.

    Parameters
    ----------
    names : tuple of str
        Names of the scenarios.
    options : ReplicateOptions
        Targets and limits.
    on_progress : callable or None
        As for `replicate`.

    Attributes
    ----------
    n_blocks, n_done : int
        Tasks and replications that every scenario has.
    is_complete : bool
        Whether enough is known, or `n_max` reached.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        options: ReplicateOptions,
        on_progress: OnProgress | None,
    ) -> None:
        self.n_blocks = self.n_done = 0
        self.is_complete = False
        self._names = names
        self._options = options
        self._on_progress = on_progress
        self._stopping = Stopping(options, names)
        self._early: dict[tuple[int, int], list[Outcome]] = {}
        self._values: list[dict[str, list[float]]] = [{} for _ in names]
        self._seeds: list[int] = []

    def take(self, task: Task, outcomes: list[Outcome]) -> None:
        """Take a finished task, and count the replications that it completes."""
        self._early[task.block, task.scenario] = outcomes
        while not self.is_complete and all(
            (self.n_blocks, scenario) in self._early
            for scenario in range(len(self._names))
        ):
            self._count_block()

    def result(self, n: int) -> Replications:
        """Return the first `n` replications."""
        return Replications.of(
            self._options,
            self._seeds[:n],
            {
                name: {measure: column[:n] for measure, column in columns.items()}
                for name, columns in zip(self._names, self._values, strict=True)
            },
        )

    def _count_block(self) -> None:
        block = [
            self._early.pop((self.n_blocks, scenario))
            for scenario in range(len(self._names))
        ]
        self.n_blocks += 1
        first = self.n_done
        n_seeds = min(self._options.n_per_task, self._options.n_max - first)
        for k in range(n_seeds):
            self._count([outcomes[k] for outcomes in block])
            if self.is_complete:
                return

    def _count(self, outcomes: list[Outcome]) -> None:
        seed = replication_seed(self._options.seed, self.n_done)
        replication = {
            name: self._checked(position, outcome, seed)
            for position, (name, outcome) in enumerate(
                zip(self._names, outcomes, strict=True)
            )
        }
        for columns, measures in zip(self._values, replication.values(), strict=True):
            for measure, value in measures.items():
                columns.setdefault(measure, []).append(value)
        self._seeds.append(seed)
        self._stopping.add(replication)
        self.n_done += 1
        self.is_complete = self.n_done == self._options.n_max or self._stopping.is_met()
        if self._on_progress is not None:
            expected = self._stopping.n_expected(self.n_done)
            self._on_progress(Progress(self.n_done, expected, self))

    def _checked(self, position: int, outcome: Outcome, seed: int) -> dict[str, float]:
        known = self._values[position]
        if not isinstance(outcome, Failure):
            if not known or outcome.keys() == known.keys():
                return outcome
            outcome = Failure(_other_measures(set(outcome), set(known)), "")
        error = ReplicationError(
            self._names[position], self.n_done, seed=seed, reason=outcome.reason
        )
        if outcome.trace:
            error.add_note(outcome.trace)
        raise error


def _other_measures(given: set[str], known: set[str]) -> str:
    parts = (("lacks", known - given), ("has besides", given - known))
    told = [f"{word} {', '.join(sorted(names))}" for word, names in parts if names]
    return (
        f"measures must be those of replication 0, but it {' and '.join(told)}; "
        f"one that is not defined is NaN"
    )
