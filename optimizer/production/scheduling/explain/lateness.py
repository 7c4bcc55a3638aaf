"""Why a job ends when it does: the chain that binds it, and what would loosen it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from optimizer.errors import ProblemError
from optimizer.production.scheduling.check import check_schedule
from optimizer.production.scheduling.explain.laying import Layer, in_order, relaid
from optimizer.production.scheduling.explain.parts import mended
from optimizer.production.scheduling.explain.plant import PlantBuilder
from optimizer.production.scheduling.explain.rules import (
    Prices,
    Relief,
    Rule,
    RuleBook,
)
from optimizer.production.scheduling.problem import NONE
from optimizer.production.scheduling.waiting import earliest_stays

if TYPE_CHECKING:
    from optimizer.production.scheduling.explain.rules import Kind, Setting
    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem

__all__ = ["Chain", "Fix", "Link", "binding_links", "why_late"]


class Link(NamedTuple):
    """A stretch of time on the way to the end of a job.

    Parameters
    ----------
    kind
        `work`; `closed` time; `setup`; `blocked` (there was no room behind the machine
        up to this moment: what comes before it in the chain is what took the room, and
        only where that is not known does the link last); `lag` or `transport` between
        two operations; `release`, `material` or `lock` (nothing
        could be done before it); `pool` (no unit was free); `idle` (nothing known held
        the operation).
    operation
        The operation that works or waits; of `blocked`, the one that stays.
    start, end
        Ticks. Of work that is handed over before its end, until then.
    because
        Of work: why the operation before it in the chain is there: it holds the
        `machine`, a `pool`, or is the `operation` that was waited for, or starts the
        `batch`; empty for the first link of a chain.
    """

    kind: str
    operation: int
    start: int
    end: int
    because: str

    @property
    def ticks(self) -> int:
        """How long it is."""
        return self.end - self.start


class Fix(NamedTuple):
    """One relief that lets a job end earlier, shown by laying the schedule again.

    Parameters
    ----------
    relief
        How far one rule is relaxed, and the price of that.
    end
        When the job ends then.
    gain
        Ticks earlier than without it.
    objective
        Cost of the whole schedule then.
    """

    relief: Relief
    end: int
    gain: int
    objective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Why a job ends when it does.

    Parameters
    ----------
    job
        Its row.
    end
        When its last operation ends.
    due
        Its due date, its deadline if it has none, or -1.
    links
        From time 0 to the end, without a gap.
    fixes
        Single reliefs that let it end earlier, the one to take first: those with which
        it is in time by price, then the others by price of a tick gained.
    """

    job: int
    end: int
    due: int
    links: tuple[Link, ...]
    fixes: tuple[Fix, ...]

    @property
    def late(self) -> int:
        """Ticks after the due date, 0 if there is none or it is kept."""
        return max(self.end - self.due, 0) if self.due != NONE else 0


def why_late(
    problem: SchedulingProblem,
    schedule: Schedule,
    job: int,
    *,
    prices: Prices | None = None,
) -> Chain:
    """Return the chain that binds the end of a job, and the fixes that loosen it.

    Parameters
    ----------
    problem, schedule
        What was scheduled; the schedule keeps every rule.
    job
        Row of the job, which is not skipped.
    prices
        What it costs to relax rules; None for the defaults.

    Raises
    ------
    ProblemError
        If there is no such job, or it is not in the schedule.
    """
    if not 0 <= job < len(problem.jobs):
        message = f"job must be in 0..{len(problem.jobs) - 1}, was {job}"
        raise ProblemError(message)
    rows = np.flatnonzero((problem.operations.job == job) & (schedule.mode != NONE))
    if not rows.size:
        message = f"{problem.names.job(job)} is not done in the schedule"
        raise ProblemError(message)
    last = int(rows[np.argmax(schedule.end[rows])])
    links = binding_links(problem, schedule, last)
    due = int(problem.jobs.due[job])
    if due == NONE:
        due = int(problem.jobs.deadline[job])
    end = int(schedule.end[last])
    fixes = _Fixes(problem, schedule, job, prices or Prices()).along(links, due)
    return Chain(job=job, end=end, due=due, links=links, fixes=fixes)


def binding_links(
    problem: SchedulingProblem, schedule: Schedule, last: int
) -> tuple[Link, ...]:
    """Return what fills the time from 0 to the end of an operation.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    last
        The operation.
    """
    return _Tracer(problem, schedule).links(last)


class _Tracer:
    """Follows a schedule back, from each operation to the one that held it."""

    def __init__(self, problem: SchedulingProblem, schedule: Schedule) -> None:
        self._problem, self._schedule = problem, schedule
        self._layer = Layer(problem, schedule.mode)
        self._layer.start[:], self._layer.end[:] = schedule.start, schedule.end
        self._stays = earliest_stays(problem, schedule)
        self._previous: dict[int, int] = {}
        self._mates: dict[int, list[int]] = {}
        last_on: dict[int, int] = {}
        for members in in_order(problem, schedule):
            machine = int(problem.modes.machine[schedule.mode[members[0]]])
            for i in members:
                self._previous[i] = last_on.get(machine, NONE)
                self._mates[i] = members
            if machine != NONE:
                last_on[machine] = members[0]

    def links(self, last: int) -> tuple[Link, ...]:
        """Return the chain that ends with an operation, in order of time."""
        found: list[Link] = []
        i, until, works = last, int(self._schedule.end[last]), True
        seen: set[tuple[int, bool]] = set()
        while i != NONE and (i, works) not in seen:
            seen.add((i, works))
            start, end = int(self._schedule.start[i]), int(self._schedule.end[i])
            cause = self._cause(i)
            kind, until_then, source = cause
            because = "operation" if kind == "end" else kind
            if works:
                found.append(Link("work", i, start, min(end, until), because))
            found += self._gap(i, cause)
            i, until, works = source, until_then, True
            freer = self._freer(source) if kind == "machine" else NONE
            if freer != NONE:
                # It stood there for want of room: so it is followed who took that.
                found.append(Link("blocked", source, until, until, ""))
                i, works = freer, False
        if i != NONE and until > 0:
            found.append(Link("idle", i, 0, until, ""))
        lasting = {"work", "blocked"}
        return tuple(reversed([x for x in found if x.ticks or x.kind in lasting]))

    def _freer(self, i: int) -> int:
        """Return the operation whose start made room for what stood on its machine.

        That is one that waits for it, or for another job in the buffer; -1 if it did
        not stand there.
        """
        stays = self._stays
        if i == NONE or stays.leaves[i] <= self._schedule.end[i]:
            return NONE
        moment, rows = stays.leaves[i], [i]
        if stays.goes[i] > moment:
            there = (stays.buffer == stays.buffer[i]) & (stays.goes == moment)
            rows = np.flatnonzero(there).tolist()
        arcs = self._problem.arcs
        started = np.isin(arcs.before, rows) & (
            self._schedule.start[arcs.after] == moment
        )
        return int(arcs.after[started][0]) if started.any() else NONE

    def _cause(self, i: int) -> tuple[str, int, int]:
        """Return what held an operation last: its kind, since when, and by whom."""
        causes = []
        start = int(self._schedule.start[i])
        for mate in self._mates[i]:
            for kind, until, source in self._layer.ready(mate):
                since = until
                if kind == "operation":
                    since = self._layer.handed(source)
                causes.append((self._possible(i, until), kind, since, source))
        machine = self._machine(i)
        before = self._previous[i]
        if machine != NONE:
            since = int(self._stays.leaves[before]) if before != NONE else 0
            if before != NONE and self._freer(before) == i:
                # It stood there until this very operation began.
                since = int(self._schedule.end[before])
            until = self._layer.after(machine, since, self._change(i))
            causes.append((self._possible(i, until), "machine", since, before))
        causes = [cause for cause in causes if cause[0] <= start]
        best = max(causes, key=lambda cause: (cause[0], cause[3] != NONE))
        if best[0] < start:
            holder = self._holder(i)
            if holder != NONE:
                return "pool", start, holder
        return best[1:]

    def _machine(self, i: int) -> int:
        return int(self._problem.modes.machine[self._schedule.mode[i]])

    def _change(self, i: int) -> int:
        """Return the setup before an operation, in ticks."""
        machine = self._machine(i)
        if machine == NONE:
            return 0
        return self._layer.setup(machine, self._previous[i], self._mates[i][0])

    def _possible(self, i: int, at: int) -> int:
        """Return the first time from a time on at which the machine takes it."""
        return self._layer.opened(self._mates[i], at, self._change(i))

    def _holder(self, i: int) -> int:
        """Return an operation that gives back units of a pool when this one starts."""
        modes, schedule = self._problem.modes, self._schedule
        pools = set(modes.use_pool[modes.use_mode == schedule.mode[i]].tolist())
        if not pools:
            return NONE
        for other in np.flatnonzero(schedule.end == schedule.start[i]).tolist():
            held = modes.use_pool[modes.use_mode == schedule.mode[other]].tolist()
            if other != i and pools & set(held) and schedule.mode[other] != NONE:
                return int(other)
        return NONE

    def _gap(self, i: int, cause: tuple[str, int, int]) -> list[Link]:
        """Return what fills the time between a cause and a start, latest first."""
        kind, since, source = cause
        start = int(self._schedule.start[i])
        if kind in {"release", "material", "lock"}:
            waited = Link("closed", i, since, start, "")
            if self._possible(i, since) != start:
                waited = waited._replace(kind="idle")
            return [waited, Link(kind, i, 0, since, "")]
        if kind == "pool":
            return []
        named = "setup"
        until = since
        if kind == "machine":
            until = self._layer.after(self._machine(i), since, self._change(i))
        elif kind == "operation":
            bounds = [
                (at, bound)
                for mate in self._mates[i]
                for at, bound in self._arrivals(mate)
                if at == source and bound <= start
            ]
            until = max((bound for _, bound in bounds), default=since)
            named = "lag" if until - since > self._layer.way(source, i) else "transport"
        until = min(until, start)
        rest = "closed" if self._possible(i, until) == start else "idle"
        links = [Link(rest, i, until, start, ""), Link(named, i, since, until, "")]
        if named == "setup" and self._problem.machines.whole_setup[self._machine(i)]:
            # In one piece, right before the work.
            until = start - self._change(i)
            links = [Link(named, i, until, start, ""), Link(rest, i, since, until, "")]
        if kind == "machine" and source != NONE and self._freer(source) == NONE:
            end = min(int(self._schedule.end[source]), since)
            links += [Link("blocked", source, end, since, "")] if end < since else []
        if source == NONE:
            links.append(Link("idle", i, 0, since, ""))
        return links

    def _arrivals(self, i: int) -> list[tuple[int, int]]:
        return [
            (source, until)
            for kind, until, source in self._layer.ready(i)
            if kind == "operation"
        ]


class _Fixes:
    """Tries reliefs of the rules along a chain."""

    def __init__(
        self, problem: SchedulingProblem, schedule: Schedule, job: int, prices: Prices
    ) -> None:
        self._problem, self._schedule, self._job = problem, schedule, job
        self._book = RuleBook(problem)
        self._builder = PlantBuilder(self._book)
        self._prices = self._book.prices(prices)
        laid = relaid(problem, schedule)
        # What the rules forbid is no schedule to be better than.
        kept = schedule if check_schedule(problem, laid) else laid
        self._base = min(self._end(schedule), self._end(kept))

    def along(self, links: tuple[Link, ...], due: int) -> tuple[Fix, ...]:
        """Return the reliefs that help, the best one first."""
        found = [
            fix
            for rule in dict.fromkeys(self._rules(links))
            for side in range(2 if rule.kind == "closed" else 1)
            if (fix := self._tried(rule, due, side=side)) is not None
        ]
        # Of a window, one side is enough.
        best: dict[Rule, Fix] = {}
        for fix in found:
            known = best.get(fix.relief.rule)
            if known is None or self._worth(fix, due) < self._worth(known, due):
                best[fix.relief.rule] = fix
        return tuple(sorted(best.values(), key=lambda fix: self._worth(fix, due)))

    def _worth(self, fix: Fix, due: int) -> tuple[bool, float, int]:
        in_time = due != NONE and fix.end <= due
        price = float(fix.relief.price)
        return (not in_time, price if in_time else price / fix.gain, -fix.gain)

    def _rules(self, links: tuple[Link, ...]) -> list[Rule]:
        """Return the rules that the links speak of."""
        problem, found = self._problem, []
        machine = problem.modes.machine[self._schedule.mode]
        closed = problem.machines
        for link in links:
            i = link.operation
            job = int(problem.operations.job[i])
            rows: list[tuple[Kind, int]] = []
            if link.kind == "release":
                rows.append(("release", job))
            if link.kind == "material":
                rows.append(("material", i))
            if link.kind == "lock":
                row = np.flatnonzero(problem.locks.operation == i)
                rows += [("lock", int(at)) for at in row]
            if link.kind == "lag":
                row = np.flatnonzero(problem.arcs.after == i)
                rows += [("lag", int(at)) for at in row]
            inside = (
                (closed.closed_machine == machine[i])
                & (closed.closed_start < link.end)
                & (closed.closed_end > link.start)
            )
            rows += [("closed", int(at)) for at in np.flatnonzero(inside)]
            if link.because == "pool":
                modes = problem.modes
                uses = modes.use_mode == self._schedule.mode[i]
                rows += [("pool", int(at)) for at in modes.use_pool[uses]]
            found += [Rule(*row) for row in rows if Rule(*row) in self._book.number]
        return found

    def _tried(self, rule: Rule, due: int, *, side: int) -> Fix | None:
        """Return the least relief of a rule that gains what all of it would gain."""
        most = 1 if rule.kind in {"lock", "pool"} else self._book.most_relief(rule)
        full = self._laid(rule, most, side)
        if full is None or self._end(full) >= self._base:
            return None
        target = max(self._end(full), due if due != NONE else 0)
        target = min(target, self._base - 1)
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            laid = self._laid(rule, middle, side)
            enough = laid is not None and self._end(laid) <= target
            low, high = (low, middle) if enough else (middle, high)
        laid = self._laid(rule, high, side)
        if laid is None:
            return None
        price = int(self._prices[self._book.number[rule]]) * high
        amounts = (0, high) if side else (high, 0)
        relief = Relief(rule, *amounts, price)
        end = self._end(laid)
        return Fix(relief, end, self._base - end, laid.objective)

    def _laid(self, rule: Rule, amount: int, side: int) -> Schedule | None:
        """Return the schedule laid again under a relief, None if it breaks a rule."""
        setting: Setting = self._book.all_kept()
        setting.amount[self._book.number[rule], side] = amount
        problem = mended(self._book, self._builder, setting)
        laid = relaid(problem, self._schedule)
        return None if check_schedule(problem, laid) else laid

    def _end(self, schedule: Schedule) -> int:
        return int(schedule.end[self._problem.operations.job == self._job].max())
