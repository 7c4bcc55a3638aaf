"""What must hold at the end of a run, whatever happened in it."""

import numpy as np

from benchmarks.workloads.simulation.records import (
    RUBBISH,
    decoded,
    keys_of,
    network,
)
from benchmarks.workloads.simulation.run import Outcome, Simulation
from streams.batch import EventBatch, in_canonical_order
from streams.ingest.recent import event_keys
from streams.names import Names
from twin.state.known import known_entities
from twin.state.state import State


def simulate(seed: int) -> Outcome:
    """Run a simulation and look at its end.

    Parameters
    ----------
    seed
        Decides all that happens.

    Returns
    -------
    Outcome
        With the problems found; reproduce one by running the same seed.
    """
    simulation = Simulation(seed)
    outcome = simulation.run()
    outcome.problems += problems(simulation)
    return outcome


def problems(simulation: Simulation) -> list[str]:
    """Tell what is not as it must be.

    The state is that of the events applied, folded at once, without intake, batches or
    checkpoints; the counters add up; no event is applied twice or in the wrong order;
    and if nothing is lost for good, each is applied or a dead letter.
    """
    twin, journal = simulation.process.twin, simulation.process.journal
    counters = twin.counters
    everything = all_events(simulation)
    found = []
    if twin.state.digest() != folded(everything, journal.keys).digest():
        found.append("the state is not the fold of the events applied")
    told = counters.applied + counters.duplicates + counters.rejected + twin.waiting
    if (counters.read, twin.waiting) != (told, 0):
        found.append(f"counters do not add up: {counters}, waiting {twin.waiting}")
    if counters.applied != len(journal.keys):
        found.append(f"applied {counters.applied}, in the journal {len(journal.keys)}")
    if counters.rejected != len(journal.letters):
        found.append(f"rejected {counters.rejected}, letters {len(journal.letters)}")
    if len(set(journal.keys)) != len(journal.keys):
        found.append("an event was applied twice")
    if simulation.outcome.reported is None:
        found += missing(simulation)
    return found


def missing(simulation: Simulation) -> list[str]:
    """Tell what of the log is neither applied nor a dead letter, or in wrong order."""
    journal = simulation.process.journal
    sent = [value for values in simulation.produced.values for value in values]
    letters = [simulation.value_at(*place) for place in journal.letters]
    applied, rejected = set(journal.keys), keys_of(letters)
    found = []
    if applied & rejected:
        found.append("an event was both applied and set aside")
    if applied | rejected != keys_of(sent):
        found.append(
            f"{len(keys_of(sent) - applied - rejected)} events are lost, "
            f"{len(applied - keys_of(sent))} came out of nothing"
        )
    if letters.count(RUBBISH) != sent.count(RUBBISH):
        found.append("rubbish is not told of once for each time it was sent")
    in_order = event_keys(in_canonical_order(decoded(sent, Names()))).tolist()
    if simulation.strict and journal.keys != in_order:
        found.append("the order is not the canonical one")
    return found


def all_events(simulation: Simulation) -> EventBatch:
    """Decode all events that were ever sent, each once."""
    return decoded(simulation.ever_sent, Names())


def folded(everything: EventBatch, keys: list[int]) -> State:
    """Fold the events of some keys in the order of the keys, all at once."""
    places = {key: row for row, key in enumerate(event_keys(everything).tolist())}
    rows = np.array([places[key] for key in keys], np.intp)
    state = State.of_model(known_entities(network()), everything.names)
    state.apply(everything.take(rows))
    state.close_instant()
    return state
