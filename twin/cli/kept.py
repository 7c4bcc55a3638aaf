"""Branches kept by name: saved, listed, shown, and read for a comparison."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from twin.cli.branching import WhatIfSpec, begin
from twin.cli.console import Console, time_text
from twin.cli.places import time_of_place
from twin.cli.sources import SourceSpec
from twin.cli.state import has_places
from twin.errors import OptionError
from twin.model.changes import load_changes
from twin.whatif import FutureOptions
from twin.whatif.stored import BranchStore, ChangeText, StoredBranch

DAY_S = 86_400


def save(
    spec: WhatIfSpec,
    console: Console,
    *,
    folder: Path,
    name: str,
    description: str = "",
    replaces: bool = False,
) -> StoredBranch:
    """Keep a branch, after its changes were applied once.

    Parameters
    ----------
    spec : WhatIfSpec
        Where it begins, its change files, and how it is played.
    console : Console
        Told what is changed.
    folder : Path
        Of the branches.
    name, description : str
        Of the branch.
    replaces : bool
        Whether it may take the place of one of its name.

    Returns
    -------
    StoredBranch

    Raises
    ------
    TwinError
        If a file or an option cannot be used, or the name is taken.
    """
    FutureOptions(
        horizon_s=spec.horizon_days * DAY_S, policy=spec.policy,
        quantile=spec.quantile, service=spec.service,
    )  # fmt: skip
    if spec.source is not None and not has_places(spec.source.name):
        msg = f"--log {spec.source.name}: a branch begins in a log or topic, not there"
        raise OptionError(msg)
    files = [load_changes(path) for path in spec.changes]
    texts = tuple(
        ChangeText(file=path.name, text=path.read_text("utf-8"))
        for path in spec.changes
    )
    told = description or " ".join(one.description for one in files).strip()
    draft = StoredBranch(
        name=name,
        description=told,
        network=str(spec.network),
        network_hash="",
        changes=texts,
        log=None if spec.source is None else spec.source.name,
        as_of_us=0,
        policy=spec.policy,
        horizon_days=spec.horizon_days,
        service=spec.service,
        quantile=spec.quantile,
        scenario=_text(spec.scenario),
        overlay=_text(spec.overlay),
    )
    begun = begin(replace(spec, changes=(), stored=(draft.change_file(),)), console)
    base, branch = begun.branches
    hash_found: Any = begun.start.get("state_hash")
    stored = msgspec.structs.replace(
        draft,
        network_hash=begun.network.hash,
        as_of_us=base.network.settings.as_of_us,
        state_hash=hash_found,
        at=_place(spec, begun.start),
    )
    path = BranchStore(folder).save(stored, replaces=replaces)
    for line in branch.lines:
        console.say(line)
    console.say(f"saved: {path}")
    console.finish(_told(stored) | {"changes": list(branch.lines)})
    return stored


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _place(spec: WhatIfSpec, start: dict[str, Any]) -> str | None:
    """Return the place of a state as it is typed: a time stays one."""
    if spec.source is None or time_of_place(spec.at) is not None:
        return spec.at
    offsets = start["position"].items()
    return ",".join(f"{partition}={offset}" for partition, offset in offsets)


def show_list(console: Console, *, folder: Path) -> None:
    """Print the branches of a folder."""
    import polars as pl

    store = BranchStore(folder)
    found = [store.load(name) for name in store.names()]
    columns = {
        "name": [one.name for one in found],
        "network": [one.network for one in found],
        "log": [one.log for one in found],
        "begins_us": [one.as_of_us for one in found],
        "policy": [one.policy for one in found],
        "days": [one.horizon_days for one in found],
        "description": [one.description for one in found],
    }
    schema = {"log": pl.String}
    frame = pl.DataFrame(columns, schema_overrides=schema)
    console.table(frame, title=f"branches in {folder}: {len(found)}", rows_max=0)
    console.finish({"branches": [_told(one) for one in found]})


def show_one(console: Console, *, folder: Path, name: str) -> None:
    """Print one branch with the text of its changes."""
    one = BranchStore(folder).load(name)
    told = _told(one)
    for key, value in told.items():
        if value is not None:
            console.say(f"{key.replace('_', ' '):14}{value}")
    for change in one.changes:
        console.say(f"\n# {change.file}\n{change.text.strip()}")
    console.finish(told | {"changes": one.texts})


def _told(one: StoredBranch) -> dict[str, Any]:
    return {
        "name": one.name, "description": one.description or None,
        "network": one.network, "network_hash": one.network_hash, "log": one.log,
        "at": one.at, "begins": time_text(one.as_of_us), "state_hash": one.state_hash,
        "policy": one.policy, "horizon_days": one.horizon_days, "service": one.service,
        "quantile": one.quantile, "scenario": one.scenario, "overlay": one.overlay,
    }  # fmt: skip


def spec_of(
    names: Sequence[str],
    folder: Path,
    *,
    n_replications: int = 0,
    seed: int = 0,
    engine: str = "reference",
    backend: str = "serial",
    kafka_config: Path | None = None,
) -> WhatIfSpec:
    """Read branches for a comparison.

    Parameters
    ----------
    names : sequence of str
        At least one.
    folder : Path
        Of the branches.
    n_replications, seed, engine, backend, kafka_config
        See `WhatIfSpec`.

    Returns
    -------
    WhatIfSpec

    Raises
    ------
    OptionError
        If they do not begin with the same state, or are played in other ways.
    """
    store = BranchStore(folder)
    first, *others = found = [store.load(name) for name in names]
    for other in others:
        if other.base != first.base:
            differing = ", ".join(_differing(first, other))
            msg = (
                f"branches {first.name!r} and {other.name!r} cannot be compared: they "
                f"differ in {differing}; save one of them as the other is"
            )
            raise OptionError(msg)
    source = None
    if first.log is not None:
        source = SourceSpec(name=first.log, kafka_config=kafka_config)
    return WhatIfSpec(
        network=Path(first.network),
        changes=(),
        stored=tuple(one.change_file() for one in found),
        n_replications=n_replications,
        horizon_days=first.horizon_days,
        seed=seed,
        policy=first.policy,
        service=first.service,
        quantile=first.quantile,
        engine=engine,
        backend=backend,  # type: ignore[arg-type]  # checked where it is used
        scenario=None if first.scenario is None else Path(first.scenario),
        overlay=None if first.overlay is None else Path(first.overlay),
        source=source,
        at=first.at,
        state_hash=first.state_hash,
        network_hash=first.network_hash,
    )


def _differing(first: StoredBranch, other: StoredBranch) -> list[str]:
    own, told = _told(first), _told(other)
    return [
        f"{key.replace('_', ' ')} ({own[key]} and {told[key]})"
        for key in (
            "network_hash", "begins", "state_hash", "policy", "horizon_days", "service",
            "quantile", "scenario", "overlay",
        )
        if own[key] != told[key]
    ]  # fmt: skip
