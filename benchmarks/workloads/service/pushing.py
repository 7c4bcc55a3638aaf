"""Clients that listen to pushed changes, and when each change reached them."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from benchmarks.workloads.service.running import Running


@dataclass(slots=True)
class Heard:
    """Seconds from the answer for an event until a client heard that it was read."""

    delays_s: list[float] = field(default_factory=list)


async def _listen(service: Running, told: asyncio.Queue, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(
        f"GET /v1/changes?topic=progress HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {service.key}\r\n\r\n".encode()
    )
    await writer.drain()
    told.put_nowait((number, 0, time.perf_counter()))
    try:
        while line := await reader.readline():
            if line.startswith(b"data:"):
                read = json.loads(line[5:])["read"]
                told.put_nowait((number, read, time.perf_counter()))
    finally:
        writer.close()


async def _measure(service: Running, load: list[bytes], n_clients: int) -> Heard:
    told: asyncio.Queue = asyncio.Queue()
    clients = [asyncio.create_task(_listen(service, told, n)) for n in range(n_clients)]
    for _ in range(n_clients):
        await told.get()
    await asyncio.sleep(0.5)
    heard, n_sent = Heard(), service.get("/v1/streams")["read"]
    client = service.client()
    headers = {**service.headers, "Content-Type": "application/x-ndjson"}
    for body in load:
        n_sent += body.count(b"\n") + 1
        client.request("POST", "/v1/events", body, headers)
        answer = client.getresponse()
        answer.read()
        assert answer.status == 202
        start_s = time.perf_counter()
        waiting = set(range(n_clients))
        while waiting:
            number, read, at_s = await asyncio.wait_for(told.get(), 10)
            if read >= n_sent and number in waiting:
                waiting.discard(number)
                heard.delays_s.append(max(0.0, at_s - start_s))
        await asyncio.sleep(0.02)
    client.close()
    for one in clients:
        one.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return heard


def pushed(service: Running, load: list[bytes], *, n_clients: int) -> Heard:
    """Send events one body after the other; wait until all clients heard of each."""
    return asyncio.run(_measure(service, load, n_clients))
