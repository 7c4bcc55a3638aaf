"""A service in a process of its own, over a log that begins empty."""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NETWORK = Path(__file__).parents[3] / "examples" / "network"
START_S = 60.0
WARM_S = 600.0
"""On a machine where nothing is compiled yet."""


@dataclass(frozen=True, slots=True)
class Running:
    """Where it listens, with what key, and its process."""

    port: int
    key: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def headers(self) -> dict[str, str]:
        """Headers that carry the key."""
        return {"Authorization": f"Bearer {self.key}"}

    def client(self) -> http.client.HTTPConnection:
        """Open a connection that stays open."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, path: str) -> tuple[int, dict]:
        """Ask, and read the status and the answer."""
        one = self.client()
        one.request("GET", path, headers=self.headers)
        answer = one.getresponse()
        content = json.loads(answer.read())
        one.close()
        return answer.status, content

    def get(self, path: str) -> dict:
        """Ask, and read the answer, which must be one."""
        status, content = self.ask(path)
        assert status == 200, content
        return content

    def resident_bytes(self) -> int:
        """Memory that the process holds."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def running(
    folder: Path, *, lateness_s: float = 1.0, key: str | None = None,
    warm: bool = False,
) -> Iterator[Running]:  # fmt: skip
    """Run a service; it is ended by its own process id.

    With `warm` it is given out once it has compiled its kernels.
    """
    port = free_port()
    command = [
        sys.executable, "-m", "twin", "serve", str(NETWORK),
        "--log", str(folder / "log"), "--port", str(port),
        "--lateness-s", str(lateness_s), "--warm" if warm else "--no-warm",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        if key is None:
            path = process.stdout.readline().rpartition(": ")[2].strip()
            key = Path(path).read_text().strip()
        one = Running(port, key, process, folder / "log")
        _wait(one, "compiled" if warm else "waiting")
        yield one
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def _wait(one: Running, kernels: str) -> None:
    end_s = time.monotonic() + (START_S if kernels == "waiting" else WARM_S)
    while time.monotonic() < end_s:
        try:
            _, told = one.ask("/readyz")
        except OSError:
            time.sleep(0.05)
            continue
        if told.get("kernels") == kernels:  # a problem has none: not ready yet
            return
        time.sleep(0.5)
    message = "the service was not ready in time"
    raise TimeoutError(message)
