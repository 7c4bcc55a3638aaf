"""Plays the branches of `millstream whatif`."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twin.calibrate.overlay import apply_overlay, load_overlay
from twin.cli.console import Console, time_text
from twin.cli.places import time_of_place
from twin.cli.playing import doubts
from twin.cli.sources import SourceSpec
from twin.cli.state import read_state
from twin.clock import SystemClock
from twin.errors import OptionError
from twin.model import load, load_scenario
from twin.model.changes import ChangeFile, load_changes
from twin.model.edits import edited
from twin.model.network import Network
from twin.simulate.disruptions import Disruption, of_scenario
from twin.simulate.opening.floor import WAITS
from twin.simulate.replicate import Progress, ReplicateOptions, Target
from twin.simulate.replicate.options import Backend
from twin.whatif import (
    ENGINES,
    Branch,
    Carried,
    Comparison,
    FutureOptions,
    as_it_is,
    base_branch,
    branch_of,
    compare,
    network_of_state,
)
from twin.whatif.branches import BASE
from twin.whatif.measures import MEASURES

DAY_S = 86_400
N_MIN = 10
"""Replications before a wanted half width may end a run: fewer are small by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfSpec:
    """What a command compares; see the options of `millstream whatif`.

    `stored` are changes that are no files; `state_hash` and `network_hash` are those of
    the state and the network that futures must begin with, None for any.
    """

    network: Path
    changes: tuple[Path, ...]
    n_replications: int
    horizon_days: float
    seed: int = 0
    policy: str = "table"
    service: float = 0.9
    quantile: float = 0.6
    half_widths: tuple[str, ...] = ()
    backend: Backend = "serial"
    engine: str = "reference"
    scenario: Path | None = None
    overlay: Path | None = None
    source: SourceSpec | None = None
    at: str | None = None
    stored: tuple[ChangeFile, ...] = ()
    state_hash: str | None = None
    network_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """Branches before their futures.

    Attributes
    ----------
    branches : tuple of Branch
        The base first.
    start : dict
        What futures begin with, see `Compared`.
    network : Network
        The network of the base, with open orders and stock as its tables have them.
    """

    branches: tuple[Branch, ...]
    start: dict[str, object]
    network: Network


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it.

    Attributes
    ----------
    spec : WhatIfSpec
        What was asked for.
    comparison : Comparison
        Futures of all branches.
    start : dict
        What futures began with: source, position and hash of the state, and what was
        carried of it; empty without a log.
    """

    spec: WhatIfSpec
    comparison: Comparison
    start: dict[str, object]


def compare_branches(spec: WhatIfSpec, console: Console) -> Compared:
    """Read the files of a spec and play all branches.

    Parameters
    ----------
    spec : WhatIfSpec
        What to compare.
    console : Console
        Shows progress and doubts.

    Returns
    -------
    Compared
        All branches met the same luck.

    Raises
    ------
    TwinError
        If an option or a file cannot be used.
    """
    options = FutureOptions(
        horizon_s=spec.horizon_days * DAY_S,
        policy=spec.policy,
        quantile=spec.quantile,
        service=spec.service,
    )
    if spec.engine not in ENGINES:
        msg = f"engine must be one of {', '.join(ENGINES)}, was {spec.engine!r}"
        raise OptionError(msg)
    begun = begin(spec, console)
    return Compared(
        spec, _play(list(begun.branches), options, spec, console), begun.start
    )


def begin(spec: WhatIfSpec, console: Console) -> Begun:
    """Read the files of a spec, and the state that futures begin with.

    Parameters
    ----------
    spec : WhatIfSpec
        What to compare.
    console : Console
        Shows doubts.

    Returns
    -------
    Begun

    Raises
    ------
    TwinError
        If a file cannot be used, or the state is not the one that was expected.
    """
    # Read before the log: a mistake is told at once.
    files = [*(load_changes(path) for path in spec.changes), *spec.stored]
    network = load(spec.network)
    for doubt in doubts(network):
        console.warn(doubt)
    carried, start, network = starting_point(spec, network, console)
    _check_hashes(spec, start, network)
    plain, network = network, network if carried is None else carried.network
    disruptions: tuple[Disruption, ...] = ()
    if spec.scenario is not None:
        disruptions = of_scenario(load_scenario(spec.scenario, network))
    base = base_branch(network, disruptions)
    branches = [base, *(branch_of(changes, base) for changes in files)]
    if carried is not None:
        branches = [as_it_is(branch, carried) for branch in branches]
        start |= _under_way(branches[0], console)
        for branch in branches[1:]:
            _warn_of_others(branch, branches[0], console)
    return Begun(tuple(branches), start, plain)


def _check_hashes(spec: WhatIfSpec, start: dict[str, object], network: Network) -> None:
    """Refuse another state or network than those a branch was saved with."""
    found = start.get("state_hash")
    if spec.state_hash is not None and found != spec.state_hash:
        msg = (
            f"{start.get('source')}: the state at {spec.at or 'its end'} has hash "
            f"{found}, the branch began with {spec.state_hash}: log or network changed"
        )
        raise OptionError(msg)
    if spec.network_hash is not None and network.hash != spec.network_hash:
        msg = (
            f"{spec.network}: the network has hash {network.hash}, the branch began "
            f"with {spec.network_hash}: its tables or the overlay changed; save the "
            f"branch again with --replace"
        )
        raise OptionError(msg)


def _play(
    branches: list[Branch], options: FutureOptions, spec: WhatIfSpec, console: Console
) -> Comparison:
    clock = SystemClock()
    begun_s = clock.monotonic_s()
    with console.progress() as progress:
        task = progress.add_task("futures", total=spec.n_replications)

        def on_progress(made: Progress) -> None:
            progress.update(task, completed=made.n_done, total=made.n_expected)

        comparison = compare(
            branches,
            options,
            ReplicateOptions(
                n_max=spec.n_replications,
                n_min=max(2, min(N_MIN, spec.n_replications)),
                seed=spec.seed,
                targets=targets_of(spec.half_widths),
                backend=spec.backend,
            ),
            monotonic_s=clock.monotonic_s,
            engine=ENGINES[spec.engine],
            on_progress=on_progress,
        )
    n_futures = len(branches) * comparison.replications.n
    spent_s = clock.monotonic_s() - begun_s
    console.note(f"{n_futures} futures of {spec.horizon_days:g} days, {spent_s:.0f} s")
    if not comparison.replications.is_precise:
        console.warn(
            f"{spec.n_replications} replications do not reach --half-width; see "
            f"--replications"
        )
    return comparison


def targets_of(half_widths: tuple[str, ...]) -> tuple[Target, ...]:
    """Read how well differences to the base shall be known.

    Parameters
    ----------
    half_widths : tuple of str
        ``KPI=WIDTH`` in the unit in which the KPI is shown.

    Raises
    ------
    OptionError
        If it is not that.

    Examples
    --------
    >>> targets_of(("fill_rate=0.5",))[0].half_width
    0.005
    """
    known = {measure.key: measure for measure in MEASURES}
    found = []
    for text in half_widths:
        name, _, width = text.partition("=")
        measure = known.get(name.strip())
        try:
            value = float(width)
        except ValueError:
            value = math.nan
        if measure is None or not value > 0.0:
            msg = (
                f"--half-width {text!r}: must be KPI=WIDTH with a width > 0 and one of "
                f"{', '.join(known)}"
            )
            raise OptionError(msg)
        half_width = value / measure.factor
        found.append(Target(measure=measure.key, half_width=half_width, baseline=BASE))
    return tuple(found)


class Starting(Protocol):
    """Where futures of a command begin."""

    @property
    def network(self) -> Path:
        """Folder of the network."""
        ...

    @property
    def source(self) -> SourceSpec | None:
        """What has the state; None: the tables of the network."""
        ...

    @property
    def at(self) -> str | None:
        """Offset or time; None: the end."""
        ...

    @property
    def overlay(self) -> Path | None:
        """What was found by calibration."""
        ...


def starting_point(
    spec: Starting, network: Network, console: Console
) -> tuple[Carried | None, dict[str, object], Network]:
    """Carry the state that futures begin with into the tables of a network.

    Parameters
    ----------
    spec : Starting
        Where the state is.
    network : Network
        As loaded.
    console : Console
        Told what is carried, and what is not.

    Returns
    -------
    tuple of Carried or None, dict and Network
        None without a source; what a result says of the start; and the network with
        what the log and an overlay changed.

    Raises
    ------
    OptionError
        If a place is given without a log.
    """
    if spec.source is None:
        if spec.at is not None:
            msg = f"--at {spec.at}: is a place in a log; name it: --log LOG"
            raise OptionError(msg)
        return None, {}, overlaid(spec, network)
    read = read_state(spec.source, spec.network, console, at=spec.at)
    changed = edited(network, read.edits)
    for sentence in changed.left_out:
        console.warn(f"change of the network left out: {sentence}")
    network = overlaid(spec, changed.network)
    carried = network_of_state(network, read.state, at_us=time_of_place(spec.at))
    for sentence in carried.left_out:
        console.warn(f"not carried over: {sentence}")
    as_of_us = carried.network.settings.as_of_us
    console.note(f"{spec.source.name}, {time_text(as_of_us)}: {_told(carried)}")
    start = {
        "source": spec.source.name,
        "position": read.position,
        "state_hash": read.state.digest(),
        "rows_changed": changed.n_rows,
        "carried": carried.counts,
        "left_out": list(carried.left_out),
    }
    return carried, start, network


def starting_state(
    spec: Starting, network: Network, console: Console
) -> tuple[Carried | None, dict[str, object]]:
    """Return what `starting_point` does, without the network.

    Parameters
    ----------
    spec : Starting
        Where the state is.
    network : Network
        As loaded.
    console : Console
        Told what is carried, and what is not.
    """
    carried, start, _ = starting_point(spec, network, console)
    return carried, start


def _under_way(base: Branch, console: Console) -> dict[str, object]:
    """Tell what futures begin with besides open orders."""
    begins = base.begins
    assert begins is not None, "it begins with a state"
    for sentence in begins.left_out:
        console.warn(f"not as the model has it: {sentence}")
    waiting = int((begins.work.phase == WAITS).sum())
    counts = {
        "on_machines": len(begins.work.phase) - waiting,
        "in_queues": waiting,
        "machines_standing": int((begins.machines.cause > 0).sum()),
        "on_the_way": len(begins.transit.order),
    }
    console.note(
        "under way: "
        + ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items())
    )
    return {"under_way": counts, "contradictions": list(begins.left_out)}


def _warn_of_others(branch: Branch, base: Branch, console: Console) -> None:
    own, known = branch.begins, base.begins
    assert own is not None, "it begins with a state"
    for sentence in own.left_out:
        if known is None or sentence not in known.left_out:
            console.warn(f"not as branch {branch.name!r} has it: {sentence}")


def _told(carried: Carried) -> str:
    counts = carried.counts
    orders = ", ".join(
        f"{count} {kind}" for kind, count in counts.items() if kind != "stock"
    )
    return f"stock of {counts['stock']} points, open orders: {orders}"


def overlaid(spec: Starting, network: Network) -> Network:
    """Return a network with the overlay of a command, if it names one.

    Parameters
    ----------
    spec : Starting
        Names it.
    network : Network
        With what a log changed: who names an overlay wants it.
    """
    if spec.overlay is None:
        return network
    return apply_overlay(load_overlay(spec.overlay), network)
