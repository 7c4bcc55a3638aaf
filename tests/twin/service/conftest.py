import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

from streams.log import LogReader, LogWriter
from twin.clock import SystemClock
from twin.model import load
from twin.service.access import Audit, KeyRing
from twin.service.access.sessions import Sessions
from twin.service.app import make_app
from twin.service.ledger import Ledger
from twin.service.options import ServiceOptions
from twin.service.places import Places
from twin.service.tenant import Stream, Tenant

EXAMPLE = Path(__file__).parents[3] / "examples" / "network"


@pytest.fixture(scope="session")
def demo_network():
    return load(EXAMPLE)


@pytest.fixture
def service_options():
    return ServiceOptions(
        body_bytes_max=100_000, events_max=50, waiting_bytes_max=1_000_000,
        behind_events_max=1_000, refresh_s=0.001, lateness_s=60.0,
    )  # fmt: skip


@pytest.fixture
def make_tenant(tmp_path, demo_network, service_options):
    made = []

    def make(name="default"):
        folder = tmp_path / name
        stream = Stream(
            sink=lambda: LogWriter(folder / "log", fsync="close"),
            source=lambda: LogReader(folder / "log"),
        )
        tenant = Tenant(
            name, demo_network, stream, store=folder / "store", clock=SystemClock(),
            options=service_options,
        )  # fmt: skip
        made.append(tenant)
        return tenant

    yield make
    for tenant in made:
        tenant.close()


@pytest.fixture
def places(tmp_path, make_tenant, service_options) -> Places:
    clock = SystemClock()
    audit = Audit(tmp_path / "audit", now_us=clock.now_us)
    return Places(
        tenants={name: make_tenant(name) for name in ("default", "other")},
        keys=KeyRing(tmp_path / "keys.json"),
        sessions=Sessions(),
        audit=audit,
        ledger=Ledger(audit),
        clock=clock,
        options=service_options,
    )


@pytest.fixture
def client(places) -> Iterator[TestClient]:
    with TestClient(make_app(places), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def server(places):
    """Serve on a free port; yield the address."""
    config = uvicorn.Config(
        make_app(places), port=0, log_level="error", timeout_graceful_shutdown=1
    )
    one = uvicorn.Server(config)
    thread = threading.Thread(target=one.run)
    thread.start()
    while not one.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{one.servers[0].sockets[0].getsockname()[1]}"
    one.should_exit = True
    thread.join()


@pytest.fixture
def key_of(places):
    """Make a key with scopes; return the headers that carry it."""

    def make(*scopes, tenant="default", sites=()):
        _, key = places.keys.issue(
            "-".join(scopes), tenant=tenant, scopes=scopes, sites=sites,
            now_us=places.clock.now_us(),
        )  # fmt: skip
        return {"authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def folded(places):
    """Wait until a tenant has folded what its journal took."""

    def wait(tenant="default"):
        one = places.tenants[tenant]
        assert one.follower.wait_for_records(one.journal.n_records, timeout_s=60)

    return wait


@pytest.fixture
def order():
    """Make an event: an order of a customer, as it is sent."""

    def make(number, quantity=40, **changed):
        return {
            "specversion": "1.0", "id": f"o-{number}", "source": "shop",
            "type": "OrderReceived", "time": "2026-01-05T08:00:00Z",
            "data": {
                "order": f"C{number}", "item": "shampoo_mild",
                "quantity": quantity, "site": "dc_west", "customer": "cologne",
            },
            **changed,
        }  # fmt: skip

    return make
