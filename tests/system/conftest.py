"""A plant's log that has everything a real one has: ties, disorder, copies, rubbish."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from streams.codec import encode
from streams.events import (
    MachineStateChanged,
    OperationCompleted,
    OperationStarted,
    OrderReceived,
    ProductionOrderClosed,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    ShipmentDispatched,
    ShipmentReceived,
    StockCounted,
    StockMoved,
)
from streams.log import LogWriter
from twin.cli.app import run

START_US = 1_704_067_200_000_000  # 2024-01-01
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US


@dataclass(frozen=True)
class Records:
    """Raw records in the order they arrive, and what each is about."""

    values: list[bytes]
    keys: list[bytes]

    def write(self, folder: Path, *, frame=512) -> Path:
        with LogWriter(folder, fsync="close") as writer:
            for first in range(0, len(self.values), frame):
                part = slice(first, first + frame)
                writer.append(self.values[part], keys=self.keys[part])
        return folder


def event(rng, number):
    """A random event; later ones tell of orders and jobs that earlier ones opened."""
    recent = int(rng.integers(max(0, number - 60), number + 1))
    item = f"item{int(rng.integers(8))}"
    site, other = rng.permutation(["plant", "dc", "depot"])[:2].tolist()
    order, job, leg = f"O{recent // 3}", f"J{recent // 5}", f"H{recent // 4}"
    amount = float(rng.integers(1, 20))
    work = {"production_order": job, "operation": "turn", "machine": f"M{recent % 3}"}
    choices = [
        lambda: OrderReceived(
            order=order, customer="shop", item=item, site=site, quantity=amount
        ),
        lambda: PurchaseOrderPlaced(
            order=order, supplier="acme", item=item, site=site, quantity=amount
        ),
        lambda: ShipmentDispatched(
            shipment=leg, item=item, from_site=site, to_site=other, quantity=amount
        ),
        lambda: ShipmentReceived(
            shipment=leg, item=item, site=other, quantity=amount, order=order
        ),
        lambda: StockMoved(item=item, quantity=amount, from_site=site, to_site=other),
        lambda: StockCounted(item=item, site=site, quantity=amount),
        lambda: ProductionOrderReleased(production_order=job, item=item, site=site),
        lambda: OperationStarted(**work),
        lambda: OperationCompleted(good=amount, **work),
        lambda: ProductionOrderClosed(production_order=job),
        lambda: MachineStateChanged(machine=work["machine"], state="down"),
    ]
    return choices[int(rng.integers(len(choices)))]()


def plant_records(n_events, *, seed, disorder_us=0, rubbish=True) -> Records:
    """Records of a plant; they arrive up to `disorder_us` after their event."""
    rng = np.random.default_rng(seed)
    # A minute apart on average, two fifths of them in the instant of the one before.
    steps_us = rng.integers(0, 200, n_events) * (rng.random(n_events) > 0.4)
    times = START_US + np.cumsum(steps_us) * SECOND_US
    values, keys = [], []
    for number, time_us in enumerate(times.tolist()):
        one = event(rng, number)
        source = f"system{number % 3}"
        id_ = {"event_id": str(number), "source": source, "sequence": number}
        values.append(encode(one, time_us=time_us, **id_))
        about = getattr(one, "order", None) or getattr(one, "machine", None)
        keys.append(str(about or number % 11).encode())
    delays = np.random.default_rng(7).integers(0, disorder_us + 1, n_events)
    arrival = np.argsort(times + delays, kind="stable").tolist()
    if rubbish:
        arrival = with_copies(rng, arrival)
    values, keys = [values[k] for k in arrival], [keys[k] for k in arrival]
    if rubbish:
        for place in rng.integers(0, len(values), 5).tolist():
            values.insert(place, b'{"id": "?"')
            keys.insert(place, b"?")
    return Records(values, keys)


def with_copies(rng, arrival):
    """Send every fiftieth record once more, some places later."""
    copied = list(arrival)
    for place in sorted(
        rng.choice(len(arrival) - 30, len(arrival) // 50), reverse=True
    ):
        copied.insert(place + int(rng.integers(1, 30)), arrival[place])
    return copied


@pytest.fixture(scope="session")
def make_records():
    return plant_records


@pytest.fixture(scope="session")
def network(tmp_path_factory) -> Path:
    """Folder of a network that knows most of the plant."""
    folder = tmp_path_factory.mktemp("network") / "plant"
    assert run(["network", "init", str(folder), "--quiet"]) == 0
    write = {
        "sites": "site,kind\nplant,plant\ndc,warehouse\n",
        "suppliers": "supplier\nacme\n",
        "customers": "customer\nshop\n",
        "items": "item,unit_cost\nitem0,2\nitem1,3\n",
        "machines": "machine,site,group\nM0,plant,g\nM1,plant,g\n",
        "lanes": "lane,from_place,to_place,item,lead_time_s\n"
        "a,acme,plant,*,86400\nb,plant,dc,*,86400\nc,dc,shop,*,0\n",
    }
    for name, text in write.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture(scope="session")
def plant_log(make_records, tmp_path_factory) -> Path:
    records = make_records(1500, seed=1, disorder_us=DAY_US // 2)
    return records.write(tmp_path_factory.mktemp("plant") / "log")


@pytest.fixture(scope="session")
def imported(public_data, tmp_path_factory):
    """Import a public table by a shipped mapping and draft a network from its log."""

    def make(table, mapping) -> tuple[Path, Path]:
        folder = tmp_path_factory.mktemp(mapping)
        log, network = folder / "log", folder / "network"
        path = str(public_data / "real" / table)
        quiet = ["--quiet"]
        assert run(["import", path, "--map", mapping, "--log", str(log), *quiet]) == 0
        assert run(["network", "draft", str(log), "--out", str(network), *quiet]) == 0
        return log, network

    return make
