"""From an event to the plan that answers it, on network C.

Parts: `kafka` (a broker, the loop in a process of its own: from produce to the released
plan read back) and `memory` (no broker, the loop alone). Troubles come in turn: goods
that will be late, a jump of demand, a breakdown; each is answered by a change of the
plan in force. At reviews all is planned anew. In `kafka-late` and `memory-late` the
events of one source may come an hour late. `schedule` and `schedule-late` repair the
schedule of the shop after each breakdown, behind a broker as well.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.latency.answer import Answer
from benchmarks.workloads.latency.episode import (
    ERP,
    KINDS,
    Episode,
    Step,
    Troubles,
    demo,
    played,
)
from benchmarks.workloads.latency.loop import PARTS

LATE = "-late"
SCHEDULE = "schedule"
PARTS_RUN = (
    "memory", "memory-late", "kafka", "kafka-late", SCHEDULE, SCHEDULE + LATE,
)  # fmt: skip
QUICK_PARTS = ("memory", "memory-late")
SCHEDULE_GOAL = "<= 1"
N_PERIODS = 14
N_EVENTS = 210
N_REVIEWS = 5
QUICK_HORIZON = 14
QUICK_EVENTS = 12
QUICK_PERIODS = 7
LOCAL_GOAL = "<= 2"


@dataclass(slots=True)
class Measured:
    """Answers of one run.

    Attributes
    ----------
    local, whole : list of Answer
        Changes of the plan in force, and plans for all.
    n_without : int
        Troubles that nothing was worth changing for.
    """

    local: list[Answer] = field(default_factory=list)
    whole: list[Answer] = field(default_factory=list)
    n_without: int = 0

    def add(self, step: Step, answer: Answer | None) -> None:
        """Take in what became of a step."""
        if answer is None:
            self.n_without += bool(step.kind)
        elif answer.policy.startswith("local"):
            self.local.append(answer)
        else:
            self.whole.append(answer)


Ask = Callable[[Step], Answer | None]


def run(options: RunOptions) -> Iterator[Result]:
    """Run the parts asked for; the quick form needs no broker."""
    parts = QUICK_PARTS if options.quick else PARTS_RUN
    for part in parts if options.part is None else (options.part,):
        yield from _run_part(part, quick=options.quick)


def _run_part(part: str, *, quick: bool) -> Iterator[Result]:
    late_source = ERP if part.endswith(LATE) else None
    schedules = part.startswith(SCHEDULE)
    # The schedule is repaired behind a broker too, but for the quick form.
    in_memory = part.startswith("memory") or (schedules and quick)
    n_events = QUICK_EVENTS if quick else N_EVENTS
    with tempfile.TemporaryDirectory(prefix="latency-") as name, ExitStack() as opened:
        network = demo(QUICK_HORIZON if quick else None)
        n_periods = QUICK_PERIODS if quick else N_PERIODS
        episode = played(network, Path(name), n_periods=n_periods)
        follow = _in_memory if in_memory else _in_kafka
        ask = follow(episode, late_source, opened, schedules=schedules)
        if schedules:
            steps = Troubles(episode).steps()
            yield from _repairs(part, _answered(steps, ask, n_events), quick=quick)
        else:
            found = _measured(episode, ask, n_events, 2 if quick else N_REVIEWS)
            yield from _results(part, found, quick=quick)


def _answered(steps: Iterator[Step], ask: Ask, n_events: int) -> list[Answer]:
    """Tell of troubles until so many breakdowns were answered by a repair."""
    found: list[Answer] = []
    for step in islice(steps, 12 * n_events):
        answer = ask(step)
        if answer is not None:
            found.append(answer)
        if len(found) == n_events:
            break
    return found


def _repairs(part: str, found: list[Answer], *, quick: bool) -> Iterator[Result]:
    """Report how long repairs of the schedule took, and whether they can be done."""
    right = bool(found) and all(one.broken == 0 for one in found)
    total = [one.total_s for one in found]
    for level, name in ((50, "P50"), (99, "P99"), (100, "max")):
        yield Result(
            name=f"{part}: breakdown to repaired schedule, {name}",
            value=_percentile(total, level), unit="s",
            goal=SCHEDULE_GOAL if name == "P99" and not quick else None, checked=right,
        )  # fmt: skip
    yield from _parts(part, found, right)
    yield Result(
        name=f"{part}: repaired, none breaks a rule", value=float(len(found)),
        unit="1", checked=right,
    )  # fmt: skip


def _measured(episode: Episode, ask: Ask, n_events: int, n_reviews: int) -> Measured:
    """Tell of troubles until so many were answered, then of reviews."""
    found, troubles = Measured(), Troubles(episode)
    for step in troubles.steps():
        found.add(step, ask(step))
        if len(found.local) >= n_events or found.n_without > 3 * n_events:
            break
    for index in range(1, n_reviews + 1):
        step = troubles.at_review(index)
        found.add(step, ask(step))
    return found


def _in_memory(
    episode: Episode, late_source: str | None, opened: ExitStack, *, schedules: bool
) -> Ask:
    from benchmarks.workloads.latency.direct import Direct  # noqa: PLC0415 - kernels

    del opened
    return Direct(episode, late_source, schedules=schedules).ask


def _in_kafka(
    episode: Episode, late_source: str | None, opened: ExitStack, *, schedules: bool
) -> Ask:
    from benchmarks.workloads.latency.topics import Followed  # noqa: PLC0415 - Kafka

    followed = Followed(episode, late_source, schedules=schedules)
    return opened.enter_context(followed).ask


def _results(label: str, found: Measured, *, quick: bool) -> Iterator[Result]:
    """Report what was measured: quantiles, parts, and what was answered."""
    kinds = Counter(one.kind for one in found.local)
    right = all(kinds[kind] > 0 for kind in KINDS) and bool(found.whole)
    total = [one.total_s for one in found.local]
    goal = None if quick else LOCAL_GOAL
    for level in (50, 99, 100):
        name = "max" if level == 100 else f"P{level}"
        yield Result(
            name=f"{label}: event to changed plan, {name}",
            value=_percentile(total, level), unit="s",
            goal=goal if name == "P99" else None, checked=right,
        )  # fmt: skip
    for kind in KINDS:
        own = [one.total_s for one in found.local if one.kind == kind]
        yield Result(
            name=f"{label}: {kind}, P99 of {len(own)}",
            value=_percentile(own, 99), unit="s",
            checked=bool(own),
        )  # fmt: skip
    yield from _parts(label, found.local, right)
    whole = [one.total_s for one in found.whole]
    for name, level in (("median", 50), ("max", 100)):
        yield Result(
            name=f"{label}: event to plan for all, {name}",
            value=_percentile(whole, level),
            unit="s", checked=right,
        )  # fmt: skip
    ratio = _percentile(whole, 50) / _percentile(total, 50)
    yield Result(
        name=f"{label}: a change is quicker", value=ratio, unit="1", ratio=ratio,
        peer="a plan for all, from the basis of the last", checked=right,
    )  # fmt: skip
    yield Result(
        name=f"{label}: answered by a changed plan", value=float(len(found.local)),
        unit="1", checked=right,
    )  # fmt: skip
    yield Result(
        name=f"{label}: nothing was worth a change", value=float(found.n_without),
        unit="1", checked=right,
    )  # fmt: skip


def _percentile(values: Sequence[float], level: float) -> float:
    """Return a percentile; NaN, which holds no goal, where nothing was measured."""
    return float(np.percentile(values, level)) if values else float("nan")


def _parts(label: str, answers: Sequence[Answer], right: bool) -> Iterator[Result]:  # noqa: FBT001
    for part in ("broker", "fold", *PARTS, "read back"):
        spent = [one.parts[part] for one in answers if part in one.parts]
        for level in (50, 99) if spent else ():
            yield Result(
                name=f"{label}: part {part}, P{level}",
                value=_percentile(spent, level), unit="s", checked=right,
            )  # fmt: skip


BENCHMARK = Benchmark(
    name="latency",
    description="from an event to the plan that answers it, on network C",
    run=run,
    parts=PARTS_RUN,
)
