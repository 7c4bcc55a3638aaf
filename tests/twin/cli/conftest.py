"""A small log, a network that knows it, and a way to run commands."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.codec import encode
from streams.events import TYPE_CODES, OrderReceived, StockCounted
from streams.log import LogWriter
from streams.names import Names
from twin.cli.app import run
from twin.cli.console import Console
from twin.cli.playing import PlaySpec, play_policies
from twin.model import build
from twin.replay.into import write_log
from twin.simulate.compiled.plant import CompiledPlant

SECOND_US = 1_000_000
DOWN = 5  # code of `MachineState`


@dataclass(frozen=True)
class Command:
    """Run `millstream` with its result in a file."""

    folder: Path

    def __call__(self, *words) -> dict:
        answer = self.folder / "answer.json"
        status = run([*map(str, words), "--quiet", "--json", str(answer)])
        assert status == 0, f"{words} ended with {status}"
        return json.loads(answer.read_text())


@pytest.fixture
def command(tmp_path):
    return Command(tmp_path)


@pytest.fixture(scope="session")
def small_network(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "network"
    run(["network", "init", str(folder), "--quiet"])
    settings = folder / "network.toml"
    lines = settings.read_text().splitlines()
    early = 'as_of = "1970-01-01T00:00:00Z"'
    lines = [early if line.startswith("as_of") else line for line in lines]
    settings.write_text("\n".join(lines))
    return folder


@pytest.fixture
def small_log(tmp_path) -> Path:
    """Ten events, one each second: five counts of 0..4, five orders."""
    events = [
        event
        for n in range(5)
        for event in (
            StockCounted(item="pump", site="dc", quantity=n),
            OrderReceived(
                order=f"O{n}", customer="shop", item="pump", site="dc", quantity=2
            ),
        )
    ]
    with LogWriter(tmp_path / "log") as writer:
        for n, event in enumerate(events):
            value = encode(
                event, event_id=str(n), source="erp", time_us=n * SECOND_US, sequence=n
            )
            writer.append([value], timestamps_us=n * SECOND_US)
    return tmp_path / "log"


@pytest.fixture
def silent() -> Console:
    """Return a console that neither prints nor writes."""
    return Console(None, quiet=True)


@pytest.fixture
def played(silent):
    """Play policies on a network that was built in memory."""

    def make(network, *policies, n_periods=3, **options):
        spec = PlaySpec(policies=policies, n_periods=n_periods, **options)
        return play_policies(network, spec, silent)

    return make


def wearing_network(n_machines):
    """Presses that wear while they are busy, and tell it each hour."""
    press = {
        "site": "P", "group": "press", "mttf_s": 1.2e6, "failure_law": "weibull",
        "failure_cv": 0.35, "failure_clock": "busy", "mttr_s": 14_400.0,
        "repair_law": "exponential", "wear_per_h": 0.01, "wear_hazard": 4.0,
        "reading_every_s": 3600.0,
    }  # fmt: skip
    return build(
        {
            "sites": [{"site": "P", "kind": "plant"}],
            "items": [{"item": "part"}],
            "machines": [
                {"machine": f"press-{k}", **press} for k in range(n_machines)
            ],
            "routings": [
                {"item": "part", "site": "P", "step": 10, "operation": "pressing",
                 "machine_group": "press", "duration_s": 7200.0,
                 "duration_law": "exponential"}
            ],
            "releases": [
                {"release": "r", "item": "part", "site": "P", "quantity": 1.0,
                 "interval_s": 9000.0 / n_machines, "interval_law": "exponential"}
            ],
        },
        {"name": "presses", "as_of": "2024-01-01T00:00:00Z", "period_s": 86_400.0,
         "review_s": 86_400.0, "horizon_periods": 1},
    )  # fmt: skip


@pytest.fixture(scope="session")
def wearing(tmp_path_factory):
    """A log of 45 days of presses, and of their first day, and the days after."""
    plant = CompiledPlant(wearing_network(8), Names(), seed=5)
    start_us, day_us = plant.network.settings.as_of_us, 86_400 * SECOND_US
    parts = [plant.advance(start_us + day * day_us) for day in (1, 45)]
    folder = tmp_path_factory.mktemp("wearing")
    write_log(parts[:1], folder / "young")
    write_log(parts, folder / "log")
    future = plant.advance(start_us + 90 * day_us)
    return folder, future, start_us + 45 * day_us


@pytest.fixture(scope="session")
def wearing_log(wearing) -> Path:
    return wearing[0] / "log"


@pytest.fixture(scope="session")
def young_log(wearing) -> Path:
    return wearing[0] / "young"


@pytest.fixture(scope="session")
def wearing_future(wearing) -> dict[str, float]:
    """Hours from the end of the log to the next failure of each press."""
    _, future, end_us = wearing
    changed = future.type_code == TYPE_CODES["MachineStateChanged"]
    down = changed & (future.code == DOWN)
    hours: dict[str, float] = {}
    for row in down.nonzero()[0].tolist():
        machine = future.names[future.place[row]]
        hours.setdefault(machine, (int(future.time_us[row]) - end_us) / 3.6e9)
    return hours
