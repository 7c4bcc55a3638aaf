import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from streams.log import LogReader
from twin.clock import ManualClock
from twin.errors import OptionError
from twin.service.options import ServiceOptions
from twin.service.serving import Address, Served, bound, first_key, open_places

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
