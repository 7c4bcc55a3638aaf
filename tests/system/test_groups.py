"""Workers of one group come, go, die and stand still: the state is that of a replay."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from streams.codec import encode
from streams.events import (
    OperationCompleted,
    OrderReceived,
    ShipmentDispatched,
    StockCounted,
    StockMoved,
)
from twin.cli.app import run

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
N_PARTITIONS, N_SITES = 4, 12
START_US = 1_704_067_200_000_000
SESSION_S = 6  # the shortest that Kafka allows
WAIT_S_MAX = 40


@pytest.fixture(scope="module")
def sites(tmp_path_factory) -> Path:
    """Folder of a network of sites that do not know each other."""
    folder = tmp_path_factory.mktemp("sites") / "network"
    assert run(["network", "init", str(folder), "--quiet"]) == 0
    names = [f"S{n}" for n in range(N_SITES)]
    items = ["tea", "box"]
    (folder / "sites.csv").write_text(
        "site,kind\n" + "".join(f"{name},plant\n" for name in names)
    )
    (folder / "suppliers.csv").write_text("supplier\nacme\n")
    (folder / "lanes.csv").write_text(
        "lane,from_place,to_place,item,lead_time_s\n"
        + "".join(f"L-{name},acme,{name},*,86400\n" for name in names)
    )
    (folder / "customers.csv").write_text("customer\nshop\n")
    (folder / "items.csv").write_text("item,unit_cost\ntea,2\nbox,1\n")
    (folder / "machines.csv").write_text(
        "machine,site,group\n" + "".join(f"M-{name},{name},g\n" for name in names)
    )
    (folder / "stock.csv").write_text(
        "item,site,on_hand\n"
        + "".join(f"{item},{name},10\n" for name in names for item in items)
    )
    assert run(["network", "check", str(folder), "--quiet"]) == 0
    return folder


def events_of(n_events, *, seed=0, first=0):
    """Records keyed by site; each is about one site alone, some contradict."""
    rng = np.random.default_rng(seed)
    for number in range(first, first + n_events):
        site, item = f"S{rng.integers(N_SITES)}", str(rng.choice(["tea", "box"]))
        amount = float(rng.integers(1, 6))
        recent = f"{site}-{int(rng.integers(max(0, number - 40), number + 1)) // 4}"
        choices = (
            StockMoved(item=item, quantity=amount, from_site=site),
            StockMoved(item=item, quantity=amount, to_site=site),
            StockCounted(item=item, site=site, quantity=amount),
            OrderReceived(
                order=f"O-{recent}", customer="shop", item=item, site=site, quantity=9
            ),
            ShipmentDispatched(
                shipment=f"H-{number}",
                item=item,
                from_site=site,
                to_site="shop",
                quantity=amount,
                order=f"O-{recent}",
            ),
            OperationCompleted(
                production_order=f"J-{recent}",
                operation="fill",
                machine=f"M-{site}",
                good=amount,
            ),
        )
        event = choices[int(rng.choice(6, p=[0.3, 0.3, 0.1, 0.1, 0.15, 0.05]))]
        value = encode(
            event,
            event_id=str(number),
            source="plant",
            time_us=START_US + number * 1_000_000,
            sequence=number,
        )
        yield site.encode(), value


class Load:
    """Produces records steadily on a thread until told to end."""

    def __init__(self, configuration, topic, *, per_second):
        self.n_sent = 0
        self._ending = threading.Event()
        self._arguments = configuration, topic, per_second
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self):
        from streams.kafka import KafkaSink  # noqa: PLC0415

        configuration, topic, per_second = self._arguments
        with KafkaSink(configuration, topic) as sink:
            while not self._ending.is_set():
                keys, values = zip(
                    *events_of(per_second // 10, seed=self.n_sent, first=self.n_sent),
                    strict=True,
                )
                sink.append(values, keys=keys)
                sink.flush()
                self.n_sent += len(values)
                self._ending.wait(0.1)

    def end(self):
        self._ending.set()
        self._thread.join()


class Workers:
    """Processes of `millstream live` over one topic and one store."""

    def __init__(self, address, network, folder, topic):
        self.folder, self.topic, self.prefix = folder, topic, f"{topic}-out"
        self._processes = {}
        self._command = [
            *(sys.executable, "-m", "twin", "live", f"kafka://{address}/{topic}"),
            *("--network", str(network), "--group", f"g-{topic}"),
            *("--store", str(folder / "store"), "--checkpoint-s", "0.3"),
            *("--session-s", str(SESSION_S), "--lateness-s", "5"),
            *("--output-prefix", self.prefix),
        ]

    def start(self, name):
        with (self.folder / f"{name}.txt").open("w") as told:
            self._processes[name] = subprocess.Popen(
                [*self._command, "--json", str(self.folder / f"{name}.json")],
                cwd=ROOT,
                stdout=told,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def send(self, name, number):
        os.kill(self._processes[name].pid, number)

    def owned(self, name):
        """Shards a worker said last that it owns."""
        told = [
            line.removeprefix("owns ").strip()
            for line in (self.folder / f"{name}.txt").read_text().splitlines()
            if line.startswith("owns ")
        ]
        if not told or told[-1] == "nothing":
            return set()
        return set(map(int, told[-1].split(", ")))

    def wait_for(self, **n_owned):
        """Wait until workers own so many shards each."""
        wait(
            lambda: all(len(self.owned(name)) == n for name, n in n_owned.items()),
            lambda: {n: (self.folder / f"{n}.txt").read_text() for n in n_owned},
        )

    def end(self, name):
        """Stop a worker cleanly; return what it says of itself."""
        self.send(name, signal.SIGTERM)
        process = self._processes.pop(name)
        told = (self.folder / f"{name}.txt").read_text
        assert process.wait(WAIT_S_MAX) == 0, told()
        return json.loads((self.folder / f"{name}.json").read_text())

    def kill_all(self):
        for process in self._processes.values():
            process.kill()
            process.wait()


def wait(condition, told):
    end_s = time.monotonic() + WAIT_S_MAX
    while not condition():
        assert time.monotonic() < end_s, f"waited too long: {told()}"
        time.sleep(0.05)


@pytest.fixture
def start(kafka_broker, kafka_topic, sites, tmp_path):
    from streams.kafka import KafkaConfiguration  # noqa: PLC0415

    topic = kafka_topic("sites", n_partitions=N_PARTITIONS)
    workers = Workers(kafka_broker.address, sites, tmp_path, topic)
    load = Load(KafkaConfiguration((kafka_broker.address,)), topic, per_second=2000)
    yield workers, load
    load.end()
    workers.kill_all()


def shown(source, network, folder, *options):
    """Tables and position of a state, as the command gives them."""
    answer = folder / "state.json"
    arguments = [str(source), "--network", str(network), "--json", str(answer)]
    assert run(["state", *arguments, "--quiet", *options]) == 0
    found = json.loads(answer.read_text())
    return found["position"], found["tables"]


def check(workers, sites, address, n_sent):
    """Every event is folded once, every contradiction told once."""
    topic, folder = workers.topic, workers.folder
    position, tables = shown(folder / "store", sites, folder)
    expected_position, expected = shown(f"kafka://{address}/{topic}", sites, folder)
    assert position == expected_position
    assert sum(position.values()) == n_sent
    for name, rows in expected.items():
        order = json.dumps
        assert sorted(tables[name], key=order) == sorted(rows, key=order), name
    assert len(expected["orders"]) > 50
    assert len(expected["production_orders"]) > 50
    return told_ids(address, f"{workers.prefix}.observations")


def told_ids(address, topic):
    """Ids of outputs, by partition, in their order."""
    from streams.kafka import KafkaConfiguration, KafkaSource  # noqa: PLC0415
    from twin.replay import read  # noqa: PLC0415

    found = {n: [] for n in range(N_PARTITIONS)}
    with KafkaSource(KafkaConfiguration((address,)), [topic]) as source:
        for batch in read(source, source.end_position()):
            number = int(batch.partition.rpartition("-")[2])
            events = map(msgspec.json.decode, batch.values())
            found[number] += [event["id"] for event in events]
    return found


def expected_ids(address, topic, sites):
    """Ids of what a replay of each partition tells."""
    from streams.ingest import IngestOptions  # noqa: PLC0415
    from streams.kafka import KafkaConfiguration, KafkaSource  # noqa: PLC0415
    from twin.live.outputs import Ledger  # noqa: PLC0415
    from twin.model import load  # noqa: PLC0415
    from twin.replay import ReplayOptions, Twin, read  # noqa: PLC0415

    options = ReplayOptions(ingest=IngestOptions(lateness_us=5_000_000))
    network, names = load(sites), [f"{topic}-{n}" for n in range(N_PARTITIONS)]
    twins = {name: Twin(network, [name], options) for name in names}
    ledgers = {name: Ledger(n) for n, name in enumerate(names)}
    found = {n: [] for n in range(N_PARTITIONS)}
    with KafkaSource(KafkaConfiguration((address,)), [topic]) as source:
        # No more at once than a state remembers.
        for batch in read(source, source.end_position(), batch_records=1000):
            twin, ledger = twins[batch.partition], ledgers[batch.partition]
            twin.push(batch)
            told = ledger.observations(twin.state, source="")
            found[names.index(batch.partition)] += [one.id for one in told]
    return found


def test_workers_that_come_go_and_die_fold_every_event_once(start, sites, kafka_broker):
    workers, load = start
    workers.start("a")
    workers.wait_for(a=4)
    workers.start("b")
    workers.wait_for(a=2, b=2)
    workers.start("c")
    wait(
        lambda: sorted(len(workers.owned(n)) for n in "abc") == [1, 1, 2],
        lambda: [workers.owned(n) for n in "abc"],
    )
    workers.send("b", signal.SIGKILL)
    workers.wait_for(a=2, c=2)
    workers.end("c")
    workers.wait_for(a=4)
    load.end()
    time.sleep(1)
    ended = workers.end("a")
    assert ended["rebalances"] >= 3
    assert ended["lag"] == 0
    ids = check(workers, sites, kafka_broker.address, load.n_sent)
    expected = expected_ids(kafka_broker.address, workers.topic, sites)
    assert min(map(len, expected.values())) > 20
    # Neither missing nor twice.
    assert ids == expected


def test_worker_that_stood_still_cannot_overwrite_what_came_after(
    start, sites, kafka_broker
):
    workers, load = start
    workers.start("a")
    workers.wait_for(a=4)
    workers.start("b")
    workers.wait_for(a=2, b=2)
    workers.send("b", signal.SIGSTOP)
    workers.wait_for(a=4)
    time.sleep(1)
    workers.send("b", signal.SIGCONT)
    workers.wait_for(a=2, b=2)
    load.end()
    time.sleep(1)
    ended = [workers.end("b"), workers.end("a")]
    assert ended[0]["fenced"] >= 2, "both of its shards were lost to it"
    ids = check(workers, sites, kafka_broker.address, load.n_sent)
    expected = expected_ids(kafka_broker.address, workers.topic, sites)
    for shard, found in ids.items():
        # What it was just writing may stand there twice, under one id.
        assert set(found) == set(expected[shard])
