"""Both engines on the same random case, event by event, and what these fold to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from benchmarks.workloads.random_networks import RandomCase, play
from streams.batch import EventBatch, concatenate
from streams.events import EVENT_TYPES
from streams.names import Names
from twin.simulate.compiled.folding import FoldedState, advance_folding
from twin.simulate.compiled.plant import CompiledPlant
from twin.simulate.reference.plant import Plant
from twin.simulate.tables import N_ORDERS
from twin.state import views
from twin.state.known import known_entities
from twin.state.state import State
from twin.state.tables import N_OPEN, PRODUCTION

REFERENCES = ("subject", "item", "place", "party", "parent", "source")
COLUMNS = (
    "time_us", "type_code", *REFERENCES, "code", "value0", "value1", "value2", "value3",
    "time0", "time1", "id_hash", "sequence", "rank", "flags",
)  # fmt: skip
COUNTERS = ("on_hand", "on_order", "in_transit", "backorder")
TOLERANCE = 1e-9  # live state sums in another order


@dataclass(frozen=True, slots=True)
class Played:
    """A case played by both engines.

    Attributes
    ----------
    case : RandomCase
        What was played.
    events : EventBatch
        All that the reference told.
    reference, compiled : Plant and CompiledPlant
        At the end of the case.
    state : State
        The events folded, its last instant closed.
    difference : str or None
        Where the engines first part, in words; then `events` end with that pause.
    """

    case: RandomCase
    events: EventBatch
    reference: Plant
    compiled: CompiledPlant
    state: State
    difference: str | None


def compiled_plant(case: RandomCase, names: Names | None = None) -> CompiledPlant:
    """Return the compiled engine at the start of a case."""
    options: dict[str, Any] = case.options
    return CompiledPlant(case.network, names or Names(), seed=case.seed, **options)


def play_both(case: RandomCase) -> Played:
    """Play a case in both engines, compare all columns, fold the events."""
    names, options = Names(), dict[str, Any](case.options)
    reference = Plant(case.network, names, seed=case.seed, **options)
    compiled = compiled_plant(case)
    state = State.of_model(known_entities(case.network), names)
    batches, difference = [], None
    for one, other in zip(play(reference, case), play(compiled, case), strict=True):
        batches.append(one)
        state.apply(one)
        difference = first_difference(one, other)
        if difference is not None:
            difference = f"seed {case.seed}, {sorted(case.elements)}: {difference}"
            break
    return Played(
        case=case,
        events=concatenate(batches, names),
        reference=reference,
        compiled=compiled,
        state=state.settled(),
        difference=difference,
    )


def first_difference(one: EventBatch, other: EventBatch) -> str | None:
    """Tell the first event in which two batches differ; None if all are equal."""
    if all(_equal(one, other, name) for name in COLUMNS) and len(one) == len(other):
        if bytes(one.detail) == bytes(other.detail):
            return None
        return f"side tables: {bytes(one.detail)!r} and {bytes(other.detail)!r}"
    pairs = zip_longest(rows(one), rows(other), fillvalue={})
    for number, (mine, theirs) in enumerate(pairs):
        parting = [c for c in COLUMNS if str(mine.get(c)) != str(theirs.get(c))]
        if parting:
            return f"event {number} differs in {parting}:\n  {mine}\n  {theirs}"
    return "columns differ in the bits of a number"


def _equal(one: EventBatch, other: EventBatch, name: str) -> bool:
    mine, theirs = getattr(one, name), getattr(other, name)
    if len(mine) != len(theirs):
        return False
    if name in REFERENCES:
        # Numbers of names differ where tables of names grew apart.
        used = np.unique(np.stack([mine, theirs]), axis=1)
        return all(_named(one, a) == _named(other, b) for a, b in used.T.tolist())
    return bool(mine.tobytes() == theirs.tobytes())


def _named(batch: EventBatch, number: int) -> str:
    return batch.names[number] if number >= 0 else ""


def rows(batch: EventBatch) -> Iterator[dict[str, Any]]:
    """Yield the events of a batch as mappings, with names for references."""
    columns = {name: getattr(batch, name).tolist() for name in COLUMNS}
    for name in REFERENCES:
        columns[name] = [_named(batch, number) for number in columns[name]]
    columns["type"] = [EVENT_TYPES[code].__name__ for code in columns["type_code"]]
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def digest(case: RandomCase) -> bytes:
    """Return the bytes of the compiled engine's tables at the end of a case."""
    plant = compiled_plant(case)
    for _ in play(plant, case):
        pass
    return plant.tables.block.tobytes()


def folded_while_running(case: RandomCase) -> bytes:
    """Return the digest of live state, folded by the compiled engine as it runs."""
    plant = compiled_plant(case)
    folded = FoldedState(case.network, plant.reach(case.pauses[-1][0]))
    for until_us, decisions in case.pauses:
        advance_folding(plant, folded, until_us)
        plant.release(decisions)
    return folded.settled().digest()


def fold_faults(played: Played) -> Sequence[str]:
    """Tell where the fold of the events is not what the engines' own tables say."""
    faults = []
    contradictions = views.contradictions(played.state)
    if contradictions.height:
        faults.append(f"contradictions: {contradictions.rows()[:3]}")
    used = played.state.used()
    stock = used["stock"]
    stock = stock[np.lexsort((stock["place"], stock["item"]))]
    for name in COUNTERS:
        own = getattr(played.reference.stock, name)
        if own.tobytes() != getattr(played.compiled.stock, name).tobytes():
            faults.append(f"{name} differs between the engines")
        if not np.allclose(stock[name], own, rtol=0.0, atol=TOLERANCE):
            faults.append(f"{name}: folded {stock[name]}, simulated {own}")
    folded = used["machines"]["state"].tolist()
    tables = played.compiled.tables
    park = played.reference._factory._park  # noqa: SLF001 - it tells nobody else
    of_engines = [
        (tables.machines["state"] + 1).tolist(),
        [machine.state + 1 for machine in park._machines],  # noqa: SLF001
    ]
    if of_engines != [folded, folded]:
        faults.append(f"machines: folded {folded}, simulated {of_engines}")
    n_open = int(played.state.tables.counts[PRODUCTION, N_OPEN])
    if n_open != int(tables.clock[N_ORDERS]):
        own = int(tables.clock[N_ORDERS])
        faults.append(f"production orders: {n_open} open in state, {own} simulated")
    if folded_while_running(played.case) != played.state.digest():
        faults.append("state folded while the simulation runs is another")
    return faults
