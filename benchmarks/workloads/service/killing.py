"""Kills a service under load again and again, and counts what it answered for."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.workloads.service.running import Running, running
from streams.log import LogReader

LINES, JSON = "application/x-ndjson", "application/json"
BODY_EVENTS, DECISION_EVERY = 100, 5
LIFE_S = 0.02, 0.8
"""Between these a service is left to live under load, seconds."""

START_S = 1_767_600_000
FOLDED_S_MAX = 120.0
_READ_AT_ONCE = 4_096


@dataclass(slots=True)
class Load:
    """Requests one after the other, each sent until it is answered for.

    Every event moves one unit into the same stock: how many were applied is how much
    lies there. Every fifth request is a decision on a plan of its own.
    """

    number: int = 0
    acknowledged: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def request(self) -> tuple[str, str, bytes]:
        """Return the path, the type and the body of the request that is next."""
        if self.number % DECISION_EVERY == DECISION_EVERY - 1:
            return f"/v1/plans/P{self.number}/approval", JSON, b""
        lines = (json.dumps(one) for one in self._events())
        return "/v1/events", LINES, "\n".join(lines).encode()

    def _events(self) -> Iterator[dict[str, object]]:
        for row in range(BODY_EVENTS):
            index = self.number * BODY_EVENTS + row
            yield _event(
                index, "StockMoved", quantity=1, to_site="dc_west", reason="transfer"
            )

    def answered(self, content: dict[str, object]) -> None:
        """Count what was answered for, and go on."""
        if "event" in content:
            self.acknowledged.add(str(content["event"]))
        else:
            ids = {str(one["id"]) for one in self._events()}
            self.acknowledged |= ids
        self.number += 1


def killed(folder: Path, *, n_kills: int, seed: int) -> tuple[int, int, int]:
    """Kill a service under load at drawn moments, then look for what it answered for.

    Parameters
    ----------
    folder : Path
        For the log and what the service keeps; empty or not there.
    n_kills : int
        How often it is killed.
    seed : int
        Of the moments.

    Returns
    -------
    tuple of int, int, int
        Events and decisions that were answered for; those of them that are not in the
        log, or were not folded; and those that were folded twice.
    """
    moments_s = np.random.default_rng(seed).uniform(*LIFE_S, n_kills)
    load, key = Load(), None
    for moment_s in moments_s:
        with running(folder, key=key) as service:
            if key is None:
                _begin(service)
            key = service.key
            _live(service, load, float(moment_s))
    with running(folder, key=key) as service:
        n_folded = _folded(service)
    kept = _ids(folder / "log")
    if load.failures:
        raise AssertionError(load.failures[0])
    lost = len(load.acknowledged - kept)
    # The request under way when it was killed may be kept though nobody was told so.
    n_moved = sum(not one.startswith("decision-") for one in kept) - 1
    return (
        len(load.acknowledged),
        lost + max(0, n_moved - n_folded),
        max(0, n_folded - n_moved),
    )


def _event(index: int, kind: str, **data: object) -> dict[str, object]:
    seconds, millis = divmod(index, 1000)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START_S + seconds))
    return {
        "specversion": "1.0", "id": f"moved-{index}", "source": "bench", "type": kind,
        "time": f"{moment}.{millis:03}Z", "data": {"item": "shampoo_mild", **data},
    }  # fmt: skip


def _begin(service: Running) -> None:
    """Count an empty stock, before anything is moved."""
    event = _event(-1_000, "StockCounted", quantity=0, site="dc_west")
    one = service.client()
    headers = {**service.headers, "Content-Type": JSON}
    one.request("POST", "/v1/events", json.dumps(event), headers)
    answer = one.getresponse()
    content = answer.read()
    one.close()
    if answer.status != http.HTTPStatus.ACCEPTED:
        raise AssertionError(content)


def _live(service: Running, load: Load, moment_s: float) -> None:
    sender = threading.Thread(target=_send, args=(service, load))
    sender.start()
    time.sleep(moment_s)
    service.process.kill()
    service.process.wait()
    sender.join()


def _send(service: Running, load: Load) -> None:
    """Send until nobody answers any more."""
    client = service.client()
    with suppress(OSError, http.client.HTTPException):
        while not load.failures:
            path, kind, body = load.request()
            headers = {**service.headers, "Content-Type": kind}
            client.request("POST", path, body, headers)
            answer = client.getresponse()
            content = answer.read()
            if answer.status == http.HTTPStatus.ACCEPTED:
                load.answered(json.loads(content))
            elif answer.status == http.HTTPStatus.TOO_MANY_REQUESTS:
                time.sleep(float(answer.headers["Retry-After"]))
            else:
                load.failures.append(f"{answer.status} {content[:200]!r}")
    client.close()


def _folded(service: Running) -> int:
    """Return the units in stock once everything is folded."""
    end_s = time.monotonic() + FOLDED_S_MAX
    while service.get("/v1/streams")["behind"]:
        if time.monotonic() > end_s:
            message = f"not folded within {FOLDED_S_MAX} s"
            raise TimeoutError(message)
        time.sleep(0.05)
    time.sleep(0.5)  # what is shown follows what is folded
    rows = service.get("/v1/state/stock?rows=100000")["rows"]
    return round(
        sum(
            row["on_hand"]
            for row in rows
            if (row["item"], row["place"]) == ("shampoo_mild", "dc_west")
        )
    )


def _ids(folder: Path) -> set[str]:
    found = set()
    with LogReader(folder) as reader:
        while batch := reader.poll(0.0, _READ_AT_ONCE):
            found |= {json.loads(value)["id"] for value in batch.values()}
    return found
