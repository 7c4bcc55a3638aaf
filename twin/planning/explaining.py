"""Why a file has no schedule, why a job is late, and what an hour is worth, as rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optimizer import SolveOptions
from optimizer.errors import ProblemError
from optimizer.production.scheduling.explain.infeasible import (
    Explanation,
    explain_infeasible,
    warm_up,
)
from optimizer.production.scheduling.explain.lateness import why_late
from optimizer.production.scheduling.explain.rules import Prices, RuleBook
from optimizer.production.scheduling.explain.shadow import shadow_prices
from optimizer.production.scheduling.explain.words import (
    say_hour,
    say_link,
    say_relief,
    say_rule,
    say_ticks,
)
from optimizer.production.scheduling.problem import NONE
from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from optimizer.production.scheduling.explain.lateness import Chain
    from optimizer.production.scheduling.explain.mending import Repair
    from optimizer.production.scheduling.explain.shadow import ShadowPrice
    from optimizer.production.scheduling.problem import Schedule, SchedulingProblem

__all__ = [
    "Told",
    "conflicts_told",
    "hours_told",
    "late_told",
    "prices_of_file",
]

PRICES_FORM = '{"kinds": {"closed": 5, ...}, "names": {"deadline": {"order 7": 30}}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An explanation, for people and for programs.

    Parameters
    ----------
    lines
        Text, one a line.
    document
        What is added to the JSON answer.
    infeasible
        Whether it is proven that there is no schedule.
    """

    lines: tuple[str, ...]
    document: Mapping[str, Any]
    infeasible: bool = False


def prices_of_file(path: Path | None) -> Prices:
    """Return what it costs to relax rules, as a file says.

    Parameters
    ----------
    path
        JSON: `kinds`, a price for each kind of rule, and `names`, prices of single
        jobs, operations, machines and pools by kind; None for the defaults.

    Raises
    ------
    InputError
        If the file is not of that form.
    """
    if path is None:
        return Prices()
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if set(given) - {"kinds", "names"}:
            message = f"{path} must be of the form {PRICES_FORM}, had {sorted(given)}"
            raise InputError(message)
        by_name = {
            (kind, name): int(price)
            for kind, rows in given.get("names", {}).items()
            for name, price in rows.items()
        }
        by_kind = {kind: int(price) for kind, price in given.get("kinds", {}).items()}
        return Prices(by_kind=by_kind, by_name=by_name)
    except ProblemError as error:
        message = f"{path}: {error}"
        raise InputError(message) from error
    except (AttributeError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        message = f"{path} must be of the form {PRICES_FORM}: {error}"
        raise InputError(message) from error


def conflicts_told(
    problem: SchedulingProblem,
    *,
    monotonic_s: Callable[[], float],
    seconds: float,
    prices: Prices,
) -> Told:
    """Return the conflicts of a problem and their cheapest repair.

    Parameters
    ----------
    problem
        One that no schedule was found for.
    monotonic_s
        A clock in seconds.
    seconds
        Time limit, > 0.
    prices
        What it costs to relax rules.
    """
    warm_up()
    options = SolveOptions(monotonic_s=monotonic_s, time_limit_s=seconds)
    found = explain_infeasible(problem, options, prices=prices)
    if not found.conflicts:
        return Told(lines=(), document={})
    book = RuleBook(problem)
    document = {
        "conflicts": [
            {
                "verified": conflict.verified,
                "rules": [
                    {
                        "kind": rule.kind,
                        "of": book.name(rule),
                        "row": rule.row,
                        "text": say_rule(problem, rule),
                    }
                    for rule in conflict.rules
                ],
            }
            for conflict in found.conflicts
        ],
        "conflicts_complete": found.complete,
        "repair": _repair_document(book, found.repair),
    }
    lines = _conflict_lines(problem, found)
    proven = any(conflict.verified for conflict in found.conflicts)
    return Told(lines=lines, document=document, infeasible=proven)


def _repair_document(book: RuleBook, repair: Repair | None) -> Any:  # noqa: ANN401
    """Return a repair as JSON: an object, or null."""
    if repair is None:
        return None
    return {
        "price": repair.price,
        "bound": repair.bound,
        "proven": repair.proven,
        "reliefs": [
            {
                "kind": relief.rule.kind,
                "of": book.name(relief.rule),
                "row": relief.rule.row,
                "amount": relief.amount + relief.amount_at_end,
                "price": relief.price,
                "text": say_relief(book.problem, relief),
            }
            for relief in repair.reliefs
        ],
    }


def _conflict_lines(problem: SchedulingProblem, found: Explanation) -> tuple[str, ...]:
    n = len(found.conflicts)
    lines = []
    for number, conflict in enumerate(found.conflicts, start=1):
        doubt = "" if conflict.verified else " (there was no time to verify it)"
        lines.append(f"conflict {number} of {n}{doubt}: these cannot all be kept")
        lines += [f"  - {say_rule(problem, rule)}" for rule in conflict.rules]
    if not found.complete:
        lines.append("there may be more conflicts: --seconds gives more time")
    if found.repair is None:
        lines.append("no repair was found in time: --seconds gives more")
        return tuple(lines)
    repair = found.repair
    sure = "the cheapest" if repair.proven else f"none is below {repair.bound:,}"
    lines.append(f"repair, price {repair.price:,} ({sure}):")
    lines += [
        f"  - {say_relief(problem, relief)}: {relief.price:,}"
        for relief in repair.reliefs
    ]
    return tuple(lines)


def late_told(
    problem: SchedulingProblem, schedule: Schedule, job: str, *, prices: Prices
) -> Told:
    """Return why a job ends when it does, and what would let it end earlier.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    job
        Its id, or of files without names its number from 0.
    prices
        What it costs to relax rules.

    Raises
    ------
    InputError
        If there is no such job, or it is left out.
    """
    names = problem.names.jobs or tuple(str(row) for row in range(len(problem.jobs)))
    if job not in names:
        message = f"there is no job {job!r}; known are {', '.join(names[:8])}"
        raise InputError(message)
    try:
        chain = why_late(problem, schedule, names.index(job), prices=prices)
    except ProblemError as error:
        raise InputError(str(error)) from error
    return Told(
        lines=_chain_lines(problem, schedule, chain),
        document={"explained": _chain_document(problem, schedule, chain)},
    )


def _chain_lines(
    problem: SchedulingProblem, schedule: Schedule, chain: Chain
) -> tuple[str, ...]:
    name = problem.names.job(chain.job)
    told = f"{name} ends at {chain.end}"
    if chain.due != NONE:
        late = f"{say_ticks(problem, chain.late)} late" if chain.late else "in time"
        told += f", {late}, due {chain.due}"
    lines = [f"{told}, because:"]
    lines += [
        f"  {link.start:>8} - {link.end:<8} {say_link(problem, schedule, link)}: "
        f"{say_ticks(problem, link.ticks)}"
        for link in chain.links
    ]
    if not chain.fixes:
        lines.append(
            "none of these rules, relaxed alone, would let it end earlier in this order"
        )
    for number, fix in enumerate(chain.fixes):
        lead = "cheapest fix" if number == 0 else "or"
        gain = say_ticks(problem, fix.gain)
        lines.append(
            f"{lead}: {say_relief(problem, fix.relief)}, price "
            f"{fix.relief.price:,}: ends at {fix.end}, {gain} earlier"
        )
    return tuple(lines)


def _chain_document(
    problem: SchedulingProblem, schedule: Schedule, chain: Chain
) -> Mapping[str, Any]:
    names = problem.names
    return {
        "job": names.job(chain.job),
        "end": chain.end,
        "due": None if chain.due == NONE else chain.due,
        "late": chain.late,
        "chain": [
            {
                "kind": link.kind,
                "operation": names.operation(link.operation),
                "start": link.start,
                "end": link.end,
                "ticks": link.ticks,
                "text": say_link(problem, schedule, link),
            }
            for link in chain.links
        ],
        "fixes": [
            {
                "text": say_relief(problem, fix.relief),
                "kind": fix.relief.rule.kind,
                "price": fix.relief.price,
                "end": fix.end,
                "gain": fix.gain,
                "objective": fix.objective,
            }
            for fix in chain.fixes
        ],
    }


def hours_told(problem: SchedulingProblem, schedule: Schedule) -> Told:
    """Return what one more hour on each machine is worth.

    Parameters
    ----------
    problem, schedule
        What was scheduled.
    """
    prices = shadow_prices(problem, schedule)
    lines = ["one more hour on a machine saves (order and modes kept):"]
    lines += [
        f"  {price.value:>12,.0f}  {problem.names.machine(price.machine)}: "
        f"{say_hour(problem, price)}"
        for price in prices
    ]
    rows = [_hour_row(problem, price) for price in prices]
    return Told(lines=tuple(lines), document={"shadow_prices": rows})


def _hour_row(problem: SchedulingProblem, price: ShadowPrice) -> Mapping[str, Any]:
    return {
        "machine": problem.names.machine(price.machine),
        "ticks": price.ticks,
        "value": price.value,
        "text": say_hour(problem, price),
    }
