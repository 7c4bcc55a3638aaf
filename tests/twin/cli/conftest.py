"""A small log, a network that knows it, and a way to run commands."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.codec import encode
from streams.events import OrderReceived, StockCounted
from streams.log import LogWriter
from twin.cli.app import run
from twin.cli.console import Console
from twin.cli.playing import PlaySpec, play_policies

SECOND_US = 1_000_000


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
