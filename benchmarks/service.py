"""The service under load: events in, changes out, state and jobs meanwhile.

Parts: `ingest` (events a second that are answered for, as fast as they are taken),
`query` (state asked while events come), `push` (from an answer until every listener
heard), `job` (from asking for a schedule to its first one), `kill` (what was answered
for is there after kills under load at drawn moments). The service runs in a process of
its own; the clients share its two cores.
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.result import Benchmark, Result, RunOptions
from benchmarks.workloads.service.killing import killed
from benchmarks.workloads.service.load import (
    BODY_EVENTS,
    Sent,
    asked,
    bodies,
    send,
)
from benchmarks.workloads.service.pushing import pushed
from benchmarks.workloads.service.running import Running, running
from streams.codec import encode
from streams.events import ProductionOrderReleased
from streams.log import LogWriter

PARTS = ("ingest", "query", "push", "job", "kill")
KILLS, KILLS_QUICK = 20, 2
CONNECTIONS = 4
QUERY_RATE_PER_S = 50_000
N_CLIENTS = 50
# Bodies of several connections overtake each other.
LATENESS_S = {"ingest": 60.0, "query": 20.0, "push": 1.0, "job": 1.0}
START_US = 1_767_571_200_000_000
SEED = 11


def run(options: RunOptions) -> Iterator[Result]:
    """Run the parts asked for, each against a fresh service."""
    steps: dict[str, Callable[[Running, bool], Iterator[Result]]] = {
        "ingest": ingest, "query": query, "push": push, "job": job,
    }  # fmt: skip
    for part in PARTS if options.part is None else (options.part,):
        with tempfile.TemporaryDirectory() as folder:
            if part == "kill":
                yield kill(Path(folder), quick=options.quick)
                continue
            lateness_s, warm = LATENESS_S[part], part == "job"
            with running(Path(folder), lateness_s=lateness_s, warm=warm) as service:
                yield from steps[part](service, options.quick)


def kill(folder: Path, *, quick: bool) -> Result:
    """Kill the service under load again and again, and look for what it told."""
    n_kills = KILLS_QUICK if quick else KILLS
    n_told, n_lost, n_twice = killed(folder, n_kills=n_kills, seed=SEED)
    return Result(
        name="answered for and lost when killed under load",
        value=n_lost, unit="1", goal="<= 0",
        checked=n_told > 0 and n_lost == 0 and n_twice == 0,
    )  # fmt: skip


def ingest(service: Running, quick: bool) -> Iterator[Result]:  # noqa: FBT001
    """Send events as fast as they are answered for, beside the log alone."""
    rates, direct = [], []
    n_bodies, rounds = (4, 2) if quick else (60, 5)
    for number in range(rounds):
        load = bodies(n_bodies, first=number * n_bodies)
        sent = send(service, load, connections=CONNECTIONS)
        _check(sent, len(load))
        rates.append(sent.accepted / sent.seconds)
        direct.append(_direct(load))
    n_events = rounds * n_bodies * BODY_EVENTS
    progress = _folded(service, n_events)
    yield Result(
        name="events answered for over HTTP", value=max(rates), unit="1/s",
        goal=">= 200000", peer="the same lines appended to a log, flushed",
        peer_value=max(direct), ratio=max(rates) / max(direct),
        spread=max(rates) / float(np.median(rates)) - 1,
        checked=progress["read"] == n_events and not progress["dead_letters"],
    )  # fmt: skip


def _direct(load: list[bytes]) -> float:
    lines = [body.splitlines() for body in load]
    with tempfile.TemporaryDirectory() as folder:
        start_s = time.perf_counter()
        with LogWriter(Path(folder) / "log", fsync="close") as log:
            for one in lines:
                log.append(one)
                log.flush()
        return len(load) * BODY_EVENTS / (time.perf_counter() - start_s)


def _check(sent: Sent, n_bodies: int) -> None:
    assert not sent.failures, sent.failures[:3]
    assert sent.accepted == n_bodies * BODY_EVENTS


def _folded(service: Running, n_events: int) -> dict:
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s:
        progress = service.get("/v1/streams")
        if progress["read"] >= n_events:
            return progress
        time.sleep(0.05)
    return progress


def query(service: Running, quick: bool) -> Iterator[Result]:  # noqa: FBT001
    """Ask for state while events come at a steady rate."""
    seconds = 1 if quick else 20
    load = bodies(seconds * QUERY_RATE_PER_S // BODY_EVENTS)
    done = threading.Event()
    found: list[float] = []
    asking = threading.Thread(
        target=lambda: found.extend(
            asked(service, "/v1/state/stock?rows=100", until=done.is_set, pause_s=0.05)
        )
    )
    asking.start()
    sent = send(service, load, connections=2, rate_per_s=QUERY_RATE_PER_S)
    done.set()
    asking.join()
    _check(sent, len(load))
    p99 = float(np.quantile(found, 0.99))
    reached = sent.accepted / sent.seconds
    yield Result(
        name=f"state query at {QUERY_RATE_PER_S} events/s, P99", value=p99 * 1e3,
        unit="ms", goal="<= 50", checked=reached >= 0.9 * QUERY_RATE_PER_S,
    )  # fmt: skip
    yield Result(
        name="state query, median", value=float(np.median(found)) * 1e3, unit="ms",
        checked=bool(found),
    )  # fmt: skip


def push(service: Running, quick: bool) -> Iterator[Result]:  # noqa: FBT001
    """Tell many listeners of each event."""
    n_bodies = 5 if quick else 100
    small = [body.splitlines()[0] for body in bodies(n_bodies)]
    heard = pushed(service, small, n_clients=N_CLIENTS)
    yield Result(
        name=f"change at {N_CLIENTS} listeners, P99",
        value=float(np.quantile(heard.delays_s, 0.99)) * 1e3, unit="ms",
        goal="<= 250", checked=len(heard.delays_s) == n_bodies * N_CLIENTS,
    )  # fmt: skip


def job(service: Running, quick: bool) -> Iterator[Result]:  # noqa: FBT001
    """Ask for schedules of a service that is warm; the first is told apart."""
    lines = [
        encode(
            ProductionOrderReleased(
                production_order=f"P{n}", item="shampoo_mild", site="plant_north",
                quantity=100,
            ),
            event_id=f"p{n}", source="bench", time_us=START_US + n,
        )
        for n in range(20)
    ]  # fmt: skip
    client = service.client()
    headers = {**service.headers, "Content-Type": "application/x-ndjson"}
    client.request("POST", "/v1/events", b"\n".join(lines), headers)
    assert client.getresponse().read()
    _folded(service, len(lines))
    times = [_first_incumbent(service) for _ in range(2 if quick else 10)]
    yield Result(
        name="first schedule of a fresh process", value=times[0], unit="s", checked=True
    )
    yield Result(
        name="asked to first schedule, worst", value=max(times[1:]), unit="s",
        goal="<= 1", checked=True,
    )  # fmt: skip


def _first_incumbent(service: Running) -> float:
    headers = {**service.headers, "Content-Type": "application/json"}
    client = service.client()
    start_s = time.perf_counter()
    client.request("POST", "/v1/schedules", json.dumps({"seconds": 1}), headers)
    answer = client.getresponse()
    name = json.loads(answer.read())["id"]
    assert answer.status == 202
    client.request("GET", f"/v1/jobs/{name}/progress", headers=service.headers)
    stream, first_s = client.getresponse(), None
    for line in stream:
        if line.startswith(b"event: step") and first_s is None:
            first_s = time.perf_counter() - start_s
        if line.startswith(b"event: over"):
            break
    over = json.loads(stream.readline()[5:])
    client.close()
    assert over["status"] == "done", over
    assert first_s is not None
    return first_s


BENCHMARK = Benchmark(
    name="service",
    description="the service: events in, changes and state out, jobs",
    run=run,
    parts=PARTS,
)
