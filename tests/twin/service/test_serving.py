import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
import uvicorn

from streams.log import LogReader
from twin.clock import ManualClock
from twin.errors import OptionError
from twin.service.app import make_app
from twin.service.options import ServiceOptions
from twin.service.serving import (
    Address,
    Served,
    bound,
    cut_unread,
    first_key,
    open_places,
    serve,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "network"


def test_address_is_this_machine_alone_unless_keys_are_safe():
    assert Address().url == "http://127.0.0.1:8080"
    with pytest.raises(OptionError, match=r"host '0\.0\.0\.0'.*TLS"):
        Address(host="0.0.0.0")
    with pytest.raises(OptionError, match="go together"):
        Address(certificate=Path("a.pem"))
    secret = Path("k.pem")
    assert Address(host="plant", certificate=secret, private_key=secret).url == (
        "https://plant:8080"
    )
    assert Address(host="plant", behind_proxy=True).port == 8080


def test_first_key_of_each_tenant_is_made_once(tmp_path, demo_network):
    def opened(*names):
        return open_places(
            {
                name: Served(network=demo_network, log=str(tmp_path / f"log-{name}"))
                for name in names
            },
            store=tmp_path / "store", clock=ManualClock(), options=ServiceOptions(),
        )  # fmt: skip

    def close(places):
        for tenant in places.tenants.values():
            tenant.close()
        places.audit.close()

    places = opened("default", "west")
    keys = {
        name: first_key(places, tmp_path / "store", tenant=name)
        for name in places.tenants
    }
    assert [path.name for path in keys.values()] == ["first.key", "first.west.key"]
    for name, path in keys.items():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        caller = places.keys.caller(path.read_text().strip(), now_us=0)
        assert (caller.tenant, caller.may("approve")) == (name, True)
    close(places)
    again = opened("default", "west", "east")
    assert first_key(again, tmp_path / "store", tenant="east") is not None
    for name in ("default", "west", "east"):
        assert first_key(again, tmp_path / "store", tenant=name) is None
    close(again)


def test_first_key_that_nobody_saw_is_made_anew(places, tmp_path):
    lost, _ = places.keys.issue("first", tenant="west", scopes=["admin"], now_us=0)
    path = tmp_path / "first.west.key"
    path.touch()  # it was told to end before it had written
    assert first_key(places, tmp_path, tenant="west") == path
    caller = places.keys.caller(path.read_text().strip(), now_us=0)
    assert (caller.tenant, caller.may("approve")) == ("west", True)
    assert lost.id not in {one.id for one in places.keys.rows("west")}
    assert first_key(places, tmp_path, tenant="west") is None


def test_key_that_somebody_made_is_kept_though_the_first_was_lost(places, tmp_path):
    made, _ = places.keys.issue("anna", tenant="west", scopes=["read"], now_us=0)
    path = tmp_path / "first.west.key"
    path.touch()
    assert first_key(places, tmp_path, tenant="west") is None
    assert [one.id for one in places.keys.rows("west")] == [made.id]
    assert path.exists()


def test_address_is_told_as_it_was_taken():
    one, url = bound(Address(port=0))
    port = int(url.rpartition(":")[2])
    assert port > 0
    with pytest.raises(OptionError, match=f"{url}: .*free"):
        bound(Address(port=port))
    one.close()


STUCK = """
import sys, time
from pathlib import Path
from twin.clock import SystemClock
from twin.model import load
from twin.service.follower import Follower
from twin.service.options import ServiceOptions
from twin.service.serving import Address, Served, bound, first_key, open_places, serve

Follower._turn = lambda self: time.sleep(3_600)
folder = Path(sys.argv[2])
places = open_places(
    {"default": Served(network=load(Path(sys.argv[1])), log=str(folder / "log"))},
    store=folder / "store", clock=SystemClock(), options=ServiceOptions(end_s=1.0),
)
listening, url = bound(Address(port=0))
print(url, first_key(places, folder / "store").read_text().strip(), flush=True)
serve(places, Address(), listening)
"""


@pytest.mark.slow
@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_process_ends_in_time_though_a_twin_does_not(tmp_path, order, told):
    command = [sys.executable, "-c", STUCK, EXAMPLE, tmp_path]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            url, key = process.stdout.readline().split()
            head = {"authorization": f"Bearer {key}"}
            kept = httpx.post(
                f"{url}/v1/events", json=order(1), headers=head, timeout=300
            )
            assert kept.status_code == 202
            process.send_signal(told)
            _, said = process.communicate(timeout=300)
        finally:
            process.kill()
    assert "not over 1 s after it was told to end, still busy: " in said
    assert "follower" in said
    with LogReader(tmp_path / "log") as reader:
        assert len(reader.poll(0, 10)) == 1


def test_who_takes_nothing_is_cut_off(places, monkeypatch):
    found = []

    def run(_, sockets):
        (one,) = sockets
        found.append(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))

    monkeypatch.setattr(uvicorn.Server, "run", run)
    listening, _ = bound(Address(port=0))
    with listening:
        serve(places, Address(), listening)
    assert found == [round(places.options.unread_s * 1e3)]


TOLD = """
import os, signal, sys, time
from pathlib import Path
from twin.clock import SystemClock
from twin.model import load
from twin.service.follower import Follower
from twin.service.options import ServiceOptions
from twin.service.serving import Address, Served, bound, open_places, serve
from twin.service.tenant import Tenant

def tell(name):
    whole = getattr(Tenant, name)
    def told(self, *more):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.2)
        whole(self, *more)
    setattr(Tenant, name, told)

for name in sys.argv[3:]:
    tell(name)
folder = Path(sys.argv[2])
places = open_places(
    {"default": Served(network=load(Path(sys.argv[1])), log=str(folder / "log"))},
    store=folder / "store", clock=SystemClock(), options=ServiceOptions(end_s=120.0),
)
listening, url = bound(Address(port=0))
serve(places, Address(), listening)
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", [("start",), ("start", "close")])
def test_told_to_end_while_it_starts_or_ends_it_saves(tmp_path, when):
    command = [sys.executable, "-c", TOLD, EXAMPLE, tmp_path, *when]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "not over" not in done.stderr
    kept = tmp_path / "store" / "tenants" / "default" / "checkpoints"
    assert list(kept.iterdir())


@pytest.fixture
def cutting(places):
    """Serve, and cut off after a second; yield the address."""
    listening, url = bound(Address(port=0))
    cut_unread(listening, 1.0)
    config = uvicorn.Config(
        make_app(places), log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield url
    server.should_exit = True
    thread.join()


def wait_for(is_so):
    end_s = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def listen_and_never_read(url, head):
    """Ask for changes with little room for them; return the connection."""
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    host, _, port = url.removeprefix("http://").partition(":")
    stalled.connect((host, int(port)))
    key = head["authorization"]
    asked = f"GET /v1/changes HTTP/1.1\r\nHost: {host}\r\nAuthorization: {key}\r\n\r\n"
    stalled.sendall(asked.encode())
    return stalled


@pytest.mark.slow
def test_listener_who_never_reads_is_cut_off_and_holds_nobody_up(
    cutting, places, key_of, monkeypatch
):
    hub, head, heard = places.tenants["default"].hub, key_of("read"), []
    monkeypatch.setattr(hub, "_told_max", 4)
    with listen_and_never_read(cutting, head):
        wait_for(lambda: len(hub) == 1)
        (stalled,) = hub._listeners
        with httpx.stream("GET", f"{cutting}/v1/changes", headers=head) as reads:
            wait_for(lambda: len(hub) == 2)
            lines = (one for one in reads.iter_lines() if one.startswith("data: "))
            while stalled in hub._listeners:
                hub.tell("progress", {"n": len(heard), "more": "x" * 100_000})
                heard.append(json.loads(next(lines)[6:])["n"])
                assert len(stalled._waiting) <= 4
                assert len(heard) < 100_000
    assert heard == list(range(len(heard)))
    assert stalled.n_lost > 0
