"""A live service over a small log, a real browser, and what looks at its pages."""

import os
import random
import re
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from streams.codec import encode
from streams.events import (
    MachineReading,
    MachineStateChanged,
    OrderCancelled,
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
    StockCounted,
)
from streams.memory import MemoryLog, MemorySink, MemorySource
from twin.clock import SystemClock
from twin.model.network import Network
from twin.service.app import make_app
from twin.service.options import ServiceOptions
from twin.service.places import Places
from twin.service.serving import Served, first_key, open_places
from twin.service.tenant import Stream

# What is asked of the past reads the log again, and the machine may be busy.
expect.set_options(timeout=60_000)

AXE = "axe-core@4.14.1"
CACHE = Path(__file__).parents[4] / ".cache" / "axe-core-4.14.1"
DAY_US = 86_400_000_000
# What is counted, by hours after the beginning.
COUNTED = {1: 1_000.0, 7: 2_000.0, 13: 3_000.0, 19: 4_000.0}
# The first events of a fresh checkout wait for kernels to be compiled.
FOLDED_S = 300.0
CLIPPED = """() => [...document.querySelectorAll(
    "button, nav a, label, h1, h2, th, select, .what, .value, .mark")]
    .filter((one) => one.offsetParent && !one.closest(".unseen"))
    .filter((one) => one.scrollWidth > one.clientWidth + 1
        && getComputedStyle(one).display !== "inline")
    .map((one) => one.outerHTML.slice(0, 120))"""
WIDE = "document.documentElement.scrollWidth"
FAULTS = """async () => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] })).violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))])"""
# Keys of words that are shown where their words should be.
WORDLESS = re.compile(
    r"\b(action|cause|check|constraint|constraint_kind|exception|fault|frame|futures|health"
    r"|branch|change_of|decide|decision|diff|action_kind|letter_reason|promotion|kpi|term|slider|letter"
    r"|column|kpi|said|said_part|table|unit|order_kind|job|kind|machine|measure|peg|plans|reason|schedule|slider|stock|streams|tower"
    r"|verdict|view|what|why)\.[a-z_]+\b"
)
# Text that is not marked to be in another language than the page.
TEXTS = """() => {
    const own = (one) => one.closest("[lang]") === document.documentElement;
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode())
        if (own(walk.currentNode.parentElement) && !walk.currentNode.parentElement
            .closest("noscript, script, style")) found.push(walk.currentNode.data);
    for (const name of ["title", "aria-label", "placeholder"])
        for (const one of document.querySelectorAll(`[${name}]`))
            if (own(one)) found.push(one.getAttribute(name));
    return found; }"""
# Words that stand in every English sentence and in no name of a thing.
ENGLISH = re.compile(
    r"\b(the|of|is|are|to|from|by|for|with|at|in|on|and|not|after|instead|nobody)\b"
)
# What the browser itself says of a page that asks who is signed in, for an order that
# the plan does not have, for what is of all sites, or to feed in again no event.
EXPECTED = (
    "401 (Unauthorized)",
    "403 (Forbidden)",
    "Password forms should have",
    "409 (Conflict)",
    "422 (Unprocessable",
)


def absent(reason: str) -> None:
    """Skip; under CI what a test needs must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true: {reason}", pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True)
class Live:
    """A service that answers."""

    url: str
    key: str


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core; the first run brings it, through npm."""
    script = CACHE / "package" / "axe.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            absent("faults of accessibility are found by axe-core, which npm brings")
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", AXE, "--pack-destination", str(CACHE)]
        packed = subprocess.run(command, capture_output=True, text=True, check=False)
        if packed.returncode:
            absent(f"npm could not fetch {AXE}:\n{packed.stderr}")
        with tarfile.open(next(CACHE.glob("*.tgz"))) as archive:
            archive.extractall(CACHE, filter="data")
    return script.read_text(encoding="utf-8")


def events(as_of_us: int) -> list[bytes]:
    """Production orders, orders of customers that are late or large, and no event."""
    works = [
        ProductionOrderReleased(
            production_order=f"P{n}", item=item, site=site, quantity=900.0 + 300 * n,
            due_us=as_of_us + n * DAY_US // 4,
        )
        for n, (item, site) in enumerate(
            [("shampoo_mild", "plant_north"), ("shampoo_repair", "plant_north")] * 4
        )
    ]  # fmt: skip
    orders = [
        OrderReceived(
            order=f"C{n}", item="shampoo_mild", quantity=40.0, site="dc_west",
            customer="cologne", due_us=as_of_us - DAY_US,
        )
        for n in range(5)
    ]  # fmt: skip
    # More than there is: it waits for what the plants make.
    large = OrderReceived(
        order="LARGE", item="shampoo_mild", quantity=6_000.0, site="dc_west",
        customer="cologne", due_us=as_of_us + 2 * DAY_US,
    )  # fmt: skip
    coming = [
        PurchaseOrderPlaced(
            order=f"T{n}", supplier="plant_north", item="shampoo_mild", site="dc_west",
            quantity=800.0 + 400 * n, due_us=as_of_us + (4 + 3 * n) * DAY_US,
        )
        for n in range(2)
    ]  # fmt: skip
    told = [
        encode(one, event_id=f"e{n}", source="test", time_us=as_of_us + n)
        for n, one in enumerate([*works, *orders, large, *coming])
    ]
    past = sorted([*asked_before(as_of_us), *worn(as_of_us)])
    return [*(value for _, value in past), *told, b"no event"]


def asked_before(as_of_us: int) -> list[tuple[int, bytes]]:
    """Four weeks of orders that nobody waits for: what demand is forecast from."""
    rng = random.Random(11)
    told: list[tuple[int, bytes]] = []
    for n in range(28):
        time_us = as_of_us - (28 - n) * DAY_US
        quantity = max(400.0 + 60 * (n % 7 % 5) + rng.gauss(0, 120), 1.0)
        asked = OrderReceived(
            order=f"H{n}", item="shampoo_mild", quantity=round(quantity),
            site="dc_west", customer="cologne",
        )  # fmt: skip
        gone = OrderCancelled(order=f"H{n}")
        told += [
            (
                time_us + k,
                encode(one, event_id=f"h{n}-{k}", source="test", time_us=time_us + k),
            )
            for k, one in enumerate([asked, gone])
        ]
    return told


def worn(as_of_us: int) -> list[tuple[int, bytes]]:
    """Presses whose wear grows by one an hour, and that fail at forty to sixty."""
    rng = random.Random(3)
    told: list[tuple[int, bytes]] = []
    for press in range(4):
        machine, hour = f"press-{press}", 0
        for life in range(6):
            end = (5, 45, 20, 10)[press] if life == 5 else rng.randrange(40, 60)
            states = ["busy"] if life == 5 else ["busy", "down"]
            happens = [
                (hour + k * end, MachineStateChanged(machine=machine, state=state))
                for k, state in enumerate(states)
            ] + [
                (
                    hour + k,
                    MachineReading(
                        machine=machine, sensor="wear", value=k + rng.gauss(0, 1)
                    ),
                )
                for k in range(end)
            ]
            for n, (at_h, one) in enumerate(happens):
                time_us = as_of_us - 27 * DAY_US + at_h * DAY_US // 24 + n
                name = f"{machine}-{life}-{n}"
                told.append(
                    (
                        time_us,
                        encode(one, event_id=name, source=machine, time_us=time_us),
                    )
                )
            hour += end + 3
    return told


@contextmanager
def served(network: Network, folder: Path, told: list[bytes]) -> Iterator[Live]:
    """A service that has folded what it was told."""
    places = open_places(
        {"default": Served(network=network, log=str(folder / "log"))},
        store=folder / "store", clock=SystemClock(), options=ServiceOptions(),
    )  # fmt: skip
    key = first_key(places, folder / "store")
    assert key is not None
    tenant = places.tenants["default"]
    with answering(places) as url:
        tenant.journal.submit(told).result(60)
        assert tenant.follower.wait_for_records(len(told), timeout_s=FOLDED_S)
        yield Live(url, key.read_text().strip())


@contextmanager
def answering(places: Places) -> Iterator[str]:
    """Serve on a free port; the address."""
    config = uvicorn.Config(make_app(places), port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    thread.join(20)


@pytest.fixture(scope="session")
def live(demo_network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    told = events(demo_network.settings.as_of_us)
    with served(demo_network, tmp_path_factory.mktemp("live"), told) as one:
        yield one


@pytest.fixture(scope="session")
def start_service(tmp_path_factory: pytest.TempPathFactory):
    """Serve another network, told of other events."""

    def start(network: Network, told: list[bytes]):
        return served(network, tmp_path_factory.mktemp("served"), told)

    return start


@pytest.fixture
def dead_letter(live: Live) -> Callable[[str], None]:
    """Send what is no event; it is a dead letter then."""

    def send(text: str) -> None:
        head = {"authorization": f"Bearer {live.key}"}
        lines = {**head, "content-type": "application/x-ndjson"}
        httpx.post(f"{live.url}/v1/events", content=text, headers=lines)
        for _ in range(600):
            answer = httpx.get(f"{live.url}/v1/deadletters", headers=head)
            if text in [one["raw"] for one in answer.json()["letters"]]:
                return
            threading.Event().wait(0.1)
        raise TimeoutError(text)

    return send


@pytest.fixture
def crowded(demo_network, tmp_path: Path) -> Iterator[Live]:
    """More stock and open orders than are listed, before those of any other."""
    as_of_us = demo_network.settings.as_of_us
    late = [
        OrderReceived(
            order=f"A{n}", item=f"a{n}", quantity=1.0, site="dc_west",
            customer="cologne", due_us=as_of_us - DAY_US,
        )
        for n in range(6_000)
    ]  # fmt: skip
    told = [
        encode(one, event_id=one.order, source="crowd", time_us=as_of_us)
        for one in late
    ]
    with served(demo_network, tmp_path, [*events(as_of_us), *told]) as one:
        yield one


@dataclass(frozen=True)
class Parted(Served):
    """What is served from a log in memory, of several partitions."""

    parts: MemoryLog = field(kw_only=True)

    def stream(self) -> Stream:
        return Stream(
            sink=lambda: MemorySink(self.parts), source=lambda: MemorySource(self.parts)
        )


@pytest.fixture(scope="session")
def parted(demo_network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Stock that is counted four times in a day, turn by turn in three partitions."""
    folder, from_us = tmp_path_factory.mktemp("parted"), demo_network.settings.as_of_us
    log = MemoryLog([f"counts-{n}" for n in range(3)])
    for n, (hour, quantity) in enumerate(COUNTED.items()):
        time_us = from_us + hour * DAY_US // 24
        one = StockCounted(item="shampoo_mild", site="dc_west", quantity=quantity)
        value = encode(one, event_id=f"n{n}", source="count", time_us=time_us)
        MemorySink(log, f"counts-{n % 3}").append([value])
    places = open_places(
        {"default": Parted(network=demo_network, log="", parts=log)},
        store=folder, clock=SystemClock(), options=ServiceOptions(),
    )  # fmt: skip
    key = first_key(places, folder)
    assert key is not None
    with answering(places) as url:
        follower = places.tenants["default"].follower
        assert follower.wait_for_records(len(COUNTED), timeout_s=FOLDED_S)
        yield Live(url, key.read_text().strip())


@dataclass(frozen=True)
class Planned:
    """Plans that the service made, by the ids of their jobs."""

    first: str
    second: str


@pytest.fixture(scope="session")
def planned(live: Live) -> Planned:
    """Two plans: the second covers more of what demand may be."""
    head = {"authorization": f"Bearer {live.key}"}
    with httpx.Client(base_url=f"{live.url}/v1", headers=head, timeout=60) as client:
        made = [
            client.post("/plans", json={"reviews": 4, "quantile": quantile}).json()
            for quantile in (0.6, 0.9)
        ]
        for job in made:
            with client.stream(
                "GET", f"/jobs/{job['id']}/progress", timeout=None
            ) as on:
                assert on.status_code == 200
                for line in on.iter_lines():
                    if line == "event: over":
                        break
            assert client.get(f"/jobs/{job['id']}").json()["status"] == "done"
    return Planned(*(job["id"] for job in made))


@pytest.fixture
def sound(axe: str) -> Callable[[Page], None]:
    """Look for what is clipped, wider than the page, or a fault of accessibility."""

    def look(page: Page) -> None:
        assert page.viewport_size is not None
        assert page.evaluate(WIDE) <= page.viewport_size["width"]
        assert page.evaluate(CLIPPED) == []
        assert not WORDLESS.search(page.locator("body").inner_text())
        if page.evaluate("document.documentElement.lang") == "zh":
            texts = page.evaluate(TEXTS)
            assert [text for text in texts if ENGLISH.search(text)] == []
        page.evaluate(axe)
        assert page.evaluate(FAULTS) == []

    return look


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Folder for pictures of the page: `MILLSTREAM_PICTURES`, else one that goes."""
    named = os.environ.get("MILLSTREAM_PICTURES")
    folder = Path(named) if named else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def sign_in(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open the page and sign in; in the end nothing must have gone wrong on it."""
    wrong: list[str] = []
    contexts = []

    def opened(
        view: str = "tower",
        *,
        width: int = 1440,
        key: str | None = None,
        at: Live = live,
        **options,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, **{"locale": "en", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text))
        page.goto(f"{at.url}/#{view}")
        page.fill("#key", key or at.key)
        page.click("button[type=submit]")
        page.wait_for_selector("main h1")
        return page

    yield opened
    for context in contexts:
        with closing(context):
            pass
    assert not [text for text in wrong if not any(one in text for one in EXPECTED)]
