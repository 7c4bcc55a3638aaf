"""Events in bodies of lines sent over several connections, and times of answers."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.workloads.service.running import Running

LINES = "application/x-ndjson"
BODY_EVENTS = 5_000
STEP_US = 1_000


def bodies(n_bodies: int, *, first: int = 0) -> list[bytes]:
    """Make bodies of `BODY_EVENTS` counts of stock, a millisecond apart."""
    start_s = 1_767_600_000
    made = []
    for number in range(first, first + n_bodies):
        lines = []
        for row in range(BODY_EVENTS):
            index = number * BODY_EVENTS + row
            seconds, millis = divmod(index, 1000)
            moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(start_s + seconds))
            lines.append(
                f'{{"specversion":"1.0","id":"{index}","source":"bench",'
                f'"type":"StockCounted","time":"{moment}.{millis:03}Z",'
                f'"data":{{"item":"shampoo_mild","site":"dc_west",'
                f'"quantity":{index % 900}}}}}'
            )
        made.append("\n".join(lines).encode())
    return made


@dataclass(slots=True)
class Sent:
    """What came of a load: events that were answered for, and for how many to wait."""

    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


def send(
    service: Running, load: Sequence[bytes], *, connections: int,
    rate_per_s: float | None = None,
) -> Sent:  # fmt: skip
    """Send bodies over connections, as fast as they are answered or at a rate."""
    result, lock = Sent(), threading.Lock()
    begun = time.perf_counter()

    def count(failure: str | None) -> None:
        with lock:
            if failure is None:
                result.refused += 1
            else:
                result.failures.append(failure)

    def work(first: int) -> None:
        client = service.client()
        headers = {**service.headers, "Content-Type": LINES}
        for number in range(first, len(load), connections):
            if rate_per_s is not None:
                due_s = begun + number * BODY_EVENTS / rate_per_s
                time.sleep(max(0.0, due_s - time.perf_counter()))
            answer = _post(client, load[number], headers, count)
            with lock:
                result.accepted += answer
        client.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.seconds = time.perf_counter() - begun
    return result


def _post(
    client: http.client.HTTPConnection, body: bytes, headers: dict[str, str],
    count: Callable[[str | None], None],
) -> int:  # fmt: skip
    """Send one body until it is taken; told to come again, come again."""
    while True:
        client.request("POST", "/v1/events", body, headers)
        answer = client.getresponse()
        content = answer.read()
        if answer.status == 202:
            return json.loads(content)["accepted"]
        if answer.status != 429:
            count(f"{answer.status} {content[:200]!r}")
            return 0
        count(None)
        time.sleep(float(answer.headers["Retry-After"]))


def asked(
    service: Running, path: str, *, until: Callable[[], bool], pause_s: float
) -> list[float]:
    """Ask again and again; return the seconds each answer took."""
    client, found = service.client(), []
    while not until():
        start_s = time.perf_counter()
        client.request("GET", path, headers=service.headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        found.append(time.perf_counter() - start_s)
        time.sleep(pause_s)
    client.close()
    return found
