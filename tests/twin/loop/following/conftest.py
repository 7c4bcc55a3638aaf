"""Live loops on logs that a plant wrote, run in one go or broken off."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from streams import checkpoint
from streams.codec import encode_batch
from streams.ingest import IngestOptions
from streams.log import LogReader, LogWriter
from streams.names import Names
from streams.records import RecordBatch
from twin.loop import Loop
from twin.loop.following import (
    DecisionLog,
    LiveLoop,
    LiveOptions,
    OrderOutlet,
    policy_responder,
)
from twin.loop.outbox import Outbox, orders_sent
from twin.loop.play import PlayOptions
from twin.replay import ReplayOptions, Twin
from twin.simulate.reference.plant import Plant

HOUR_US = 3_600_000_000


@pytest.fixture(scope="session")
def tea(two_echelon):
    """A chain that plans ten periods ahead."""

    def short(tables):
        tables["stock"][0]["on_hand"] = 60
        tables["stock"][1]["on_hand"] = 20

    return two_echelon(short, settings={"horizon_periods": 10})


@pytest.fixture(scope="session")
def plant_values(scripted):
    """Write what a plant that nobody orders for does as records, period by period."""

    def make(network, n_periods, *, seed=0):
        names = Names()
        plant = Plant(network, names, seed=seed)
        loop = Loop(network, plant, scripted(), names=names)
        return [encode_batch(one.events) for one in loop.turns(n_periods)]

    return make


@dataclass
class Desk:
    """A folder with the log of a plant, and what loops on it leave there."""

    folder: object
    network: object
    options: dict = field(default_factory=dict)
    triggers: tuple = ()
    responder: object = None
    seed: int = 0
    partitions: tuple = ("log/0",)

    @property
    def plant(self):
        return self.folder / "plant"

    def write(self, periods):
        with LogWriter(self.plant) as log:
            for values in periods:
                if values:
                    log.append(values)

    def begin(self, sink, orders):
        lateness_us = self.options.get("lateness_us", 0)
        own = {k: v for k, v in self.options.items() if k != "lateness_us"}
        with LogReader(self.folder / "orders") as reader:
            outbox = Outbox(orders, sent=orders_sent(reader))
        policy = policy_responder(PlayOptions(), monotonic_s=None)
        loop = LiveLoop(
            self.network,
            self.partitions,
            self.responder or policy,
            DecisionLog(sink),
            options=LiveOptions(
                run="r", ingest=IngestOptions(lateness_us=lateness_us), **own
            ),
            triggers=self.triggers,
            outlet=OrderOutlet(outbox, folder=self.folder / "csv"),
            remembering=policy,
        )
        saved = checkpoint.load(self.folder / "saved")
        if saved is not None:
            loop.take_over(saved)
        with LogReader(self.folder / "decisions") as kept:
            loop.recover(kept)
        return loop

    def run(self, *, records=7, until=None, save_every=3):
        """Follow the log; break off after so many batches, as a kill would."""
        with (
            LogWriter(self.folder / "decisions") as sink,
            LogWriter(self.folder / "orders") as orders,
            LogReader(self.plant) as reader,
        ):
            loop = self.begin(sink, orders)
            reader.seek(loop.position)
            n_batches = 0
            while (batch := reader.poll(0, records)) is not None:
                if until is not None and n_batches >= until:
                    return loop
                loop.push(batch)
                n_batches += 1
                if n_batches % save_every == 0:
                    self.save(loop)
            return loop

    def save(self, loop):
        checkpoint.save(self.folder / "saved", loop.sections(), meta=loop.meta())

    def kept(self, name):
        with LogReader(self.folder / name) as reader:
            values = []
            while (batch := reader.poll(0, 1000)) is not None:
                values += list(batch.values())
        return values


@pytest.fixture
def desk(tmp_path, tea):
    """Make a desk in a folder of its own."""

    def make(name="one", network=tea, **more):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        return Desk(folder, network, **more)

    return make


@pytest.fixture
def replayed():
    """Fold records of several logs as one stream, each a partition, to the end."""

    def fold(network, *logs):
        names = [f"log-{number}" for number in range(len(logs))]
        twin = Twin(network, names, ReplayOptions())
        for name, values in zip(names, logs, strict=True):
            times = np.full(len(values), 1 << 61)
            if values:
                twin.push(RecordBatch.of(name, values, timestamps_us=times))
        return twin.finish()

    return fold
