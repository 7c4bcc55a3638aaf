"""Finds and shows the promises of `millstream promise`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.cli.branching import overlaid, starting_state
from twin.cli.console import Console, time_text
from twin.cli.sources import SourceSpec
from twin.clock import SystemClock
from twin.errors import OptionError
from twin.model import load
from twin.simulate.replicate import Progress
from twin.simulate.replicate.options import Backend
from twin.whatif import ENGINES, Branch, FutureOptions, as_it_is, base_branch
from twin.whatif.places import places_to_ask
from twin.whatif.promise import (
    Held,
    Promise,
    PromiseOptions,
    Wanted,
    check_by,
    promise,
)

DAY_S = 86_400
LEVELS = (0.5, 0.9)
_CLAIRVOYANT = "clairvoyant"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseSpec:
    """What is asked for; see the options of `millstream promise`."""

    network: Path
    item: str
    quantity: float
    site: str | None = None
    customer: str | None = None
    by_us: int | None = None
    explains: bool = True
    n_replications: int = 20
    horizon_days: float = 56.0
    policy: str = "table"
    engine: str = "reference"
    backend: Backend = "serial"
    seed: int = 0
    source: SourceSpec | None = None
    at: str | None = None
    overlay: Path | None = None


def parse_by(text: str | None) -> int | None:
    """Read the time after `--by`, microseconds UTC.

    Raises
    ------
    OptionError
        If it is none.

    Examples
    --------
    >>> parse_by("1970-01-01T00:00:01Z")
    1000000
    """
    from streams.codec import parse_time
    from streams.errors import EnvelopeError

    if text is None:
        return None
    try:
        return parse_time(text)
    except EnvelopeError as error:
        msg = f"--by {text}: must be a time such as 2024-05-01T06:00:00Z"
        raise OptionError(msg) from error


def find_promises(spec: PromiseSpec, console: Console) -> tuple[Promise, ...]:
    """Play the futures of a spec.

    Parameters
    ----------
    spec : PromiseSpec
        What is asked for.
    console : Console
        Shows progress and doubts.

    Returns
    -------
    tuple of Promise
        One for each site it can be shipped from, the soonest first.

    Raises
    ------
    TwinError
        If an option or a file cannot be used.
    """
    options = _options(spec)
    network = load(spec.network)
    carried, _ = starting_state(spec, network, console)
    network = overlaid(spec, network) if carried is None else carried.network
    if spec.by_us is not None:
        start_us, horizon_s = network.settings.as_of_us, options.futures.horizon_s
        check_by(spec.by_us, start_us=start_us, horizon_s=horizon_s)
    pairs = places_to_ask(network, spec.item, site=spec.site, customer=spec.customer)
    choices = [Wanted(spec.item, spec.quantity, *pair) for pair in pairs]

    def begins(branch: Branch) -> Branch:
        return branch if carried is None else as_it_is(branch, carried)

    clock = SystemClock()
    begun_s = clock.monotonic_s()
    with console.progress() as progress:
        task = progress.add_task("futures", total=spec.n_replications)

        def on_progress(made: Progress) -> None:
            progress.update(task, completed=made.n_done, total=made.n_expected)

        found = promise(
            base_branch(network),
            choices,
            options,
            monotonic_s=clock.monotonic_s,
            begins=begins,
            engine=ENGINES[spec.engine],
            on_progress=on_progress,
        )
    n_played = spec.n_replications * (len(choices) + len(found[0].held))
    console.note(f"{n_played} futures, {clock.monotonic_s() - begun_s:.1f} s")
    return found


def _options(spec: PromiseSpec) -> PromiseOptions:
    if spec.engine not in ENGINES:
        msg = f"engine must be one of {', '.join(ENGINES)}, was {spec.engine!r}"
        raise OptionError(msg)
    if spec.policy == _CLAIRVOYANT:
        msg = "policy clairvoyant knows the demand of a future: nobody could promise so"
        raise OptionError(msg)
    futures = FutureOptions(horizon_s=spec.horizon_days * DAY_S, policy=spec.policy)
    return PromiseOptions(
        futures=futures,
        n_replications=spec.n_replications,
        seed=spec.seed,
        backend=spec.backend,
        explains=spec.explains,
    )


def show_promises(
    spec: PromiseSpec, promises: Sequence[Promise], console: Console
) -> bool:
    """Print promises; write the result.

    Parameters
    ----------
    spec : PromiseSpec
        What was asked for.
    promises : sequence of Promise
        The soonest first.
    console : Console
        Where to print.

    Returns
    -------
    bool
        Whether there is a date for nine of ten futures.
    """
    best = promises[0]
    rows = [_row(one, spec.by_us) for one in promises]
    _print(spec, rows, console)
    if best.held:
        _print_held(best, console)
    is_safe = best.quantile_us(LEVELS[-1]) is not None
    if not is_safe:
        console.warn(
            f"not there within {spec.horizon_days:g} days in more than one of ten "
            f"futures; see --horizon, and --policy mpc, which plans for what waits"
        )
    console.finish(
        {
            "item": spec.item,
            "quantity": spec.quantity,
            "start": time_text(best.start_us),
            "policy": spec.policy,
            "replications": len(best.in_full_s),
            "horizon_days": spec.horizon_days,
            "promises": [row | {"in_full_days": _days(one.in_full_s.tolist())}
                         for row, one in zip(rows, promises, strict=True)],
            "binds": [_held(one) for one in best.binds],
            "tried": [_held(one) for one in best.held],
        }
    )  # fmt: skip
    return is_safe


def _days(seconds: Sequence[float]) -> list[float | None]:
    return [None if math.isnan(one) else one / DAY_S for one in seconds]


def _row(one: Promise, by_us: int | None) -> dict[str, Any]:
    p50_us, p90_us = (one.quantile_us(level) for level in LEVELS)
    row: dict[str, Any] = {
        "site": one.wanted.site,
        "customer": one.wanted.customer,
        "p50": None if p50_us is None else time_text(p50_us),
        "p90": None if p90_us is None else time_text(p90_us),
    }
    if by_us is not None:
        row["probability"] = one.probability(by_us)
    return row


def _print(spec: PromiseSpec, rows: Sequence[dict[str, Any]], console: Console) -> None:
    import polars as pl

    shown = [{name: "not in time" if value is None else value
              for name, value in row.items()} for row in rows]  # fmt: skip
    title = (
        f"{spec.quantity:g} {spec.item}: there in full by, in "
        f"{spec.n_replications} futures"
    )
    console.table(pl.DataFrame(shown), title=title, rows_max=0)


def _print_held(best: Promise, console: Console) -> None:
    if not best.binds:
        console.say("nothing that was tried alone would bring it sooner")
        return
    first, *others = best.binds
    console.say(f"held by {first.lever.name}: {_gain(first)} sooner without")
    for one in others:
        console.say(f"also by {one.lever.name}: {_gain(one)} sooner without")


def _gain(one: Held) -> str:
    return f"{one.gain_s / DAY_S:.1f} ± {one.half_width_s / DAY_S:.1f} days"


def _held(one: Held) -> dict[str, Any]:
    return {
        "kind": one.lever.kind,
        "name": one.lever.name,
        "item": one.lever.item,
        "place": one.lever.place,
        "gain_days": one.gain_s / DAY_S,
        "half_width_days": one.half_width_s / DAY_S,
        "counts": one.counts,
    }
