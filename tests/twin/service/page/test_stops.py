"""Maintenance and material on the rows of the schedule: by hand, by key, in words."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from streams.codec import encode
from streams.events import (
    MachineStateChanged,
    OrderReceived,
    ProductionOrderReleased,
    PurchaseOrderPlaced,
)
from twin.model import load

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

EXAMPLE = Path(__file__).parents[4] / "examples" / "network"
DAY_US = 86_400_000_000
# The first search of a fresh checkout waits for kernels to be compiled.
WAIT_S = 300.0
# Where the chart begins, and the height of its head and rows.
NAMES, HEAD, ROW = 130, 26, 30


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The example with fillers that are maintained each 30 hours, and few bottles."""
    folder = tmp_path_factory.mktemp("kept") / "network"
    shutil.copytree(EXAMPLE, folder)
    kept = {"fill": ",108000,18000", "pack": ",200000,14400"}
    lines = (folder / "machines.csv").read_text().splitlines()
    told = [
        line if line[0] == "#"
        else f"{line},maintenance_every_s,maintenance_s" if line.startswith("machine,")
        else line + kept.get(line[:4], ",,")
        for line in lines
    ]  # fmt: skip
    (folder / "machines.csv").write_text("\n".join(told) + "\n")
    stock = (folder / "stock.csv").read_text()
    stock = re.sub(r"(bottle_small,plant_north),\d+", r"\1,200", stock)
    (folder / "stock.csv").write_text(stock)
    return load(folder)


def told(as_of_us):
    """Production, an order that needs bottles of a purchase, a packer that fails."""
    works = [
        ProductionOrderReleased(
            production_order=f"P{n}", item=item, site="plant_north",
            quantity=500.0 + 300 * n, due_us=as_of_us + (n + 2) * DAY_US // 3,
        )
        for n, item in enumerate(["shampoo_mild", "shampoo_repair"] * 3)
    ]  # fmt: skip
    order = OrderReceived(
        order="D1", item="shampoo_mild", quantity=6_000.0, site="plant_north",
        customer="cologne", due_us=as_of_us + 4 * DAY_US,
    )  # fmt: skip
    bought = PurchaseOrderPlaced(
        order="B1", supplier="plastic_near", item="bottle_small", site="plant_north",
        quantity=20_000.0, due_us=as_of_us + 3 * DAY_US + DAY_US // 3,
    )  # fmt: skip
    down = MachineStateChanged(machine="pack_north_2", state="down")
    return [
        encode(one, event_id=f"k{n}", source="test", time_us=as_of_us + n)
        for n, one in enumerate([*works, order, bought, down])
    ]


@dataclass(frozen=True)
class Chart:
    """A schedule, and where it is drawn once all of it is shown."""

    found: dict

    def at(self, page, machine, tick, *, up=0):
        """Return where a tick of a machine is on the page, `up` above its middle."""
        box = page.locator("canvas.gantt").bounding_box()
        names = [one["name"] for one in self.found["rules"]["machines"]]
        last = max(row["end"] for row in self.found["operations"])
        # A border of one around the canvas is not drawn on.
        per_pixel = last * 1.03 / (box["width"] - 2 - NAMES)
        row = names.index(machine)
        x = box["x"] + 1 + NAMES + tick / per_pixel
        return x, box["y"] + 1 + HEAD + ROW * row + ROW / 2 - up

    @property
    def stop(self):
        """The first maintenance that is not at once."""
        return next(
            one for one in self.found["rules"]["stops"]
            if one["cause"] == "maintenance" and one["machine"].startswith("fill")
        )  # fmt: skip

    @property
    def ready(self):
        """When the bottles are there."""
        jobs = self.found["rules"]["jobs"]
        return next(one["release"] for one in jobs if one["materials"])

    @property
    def waits(self):
        """The operation that needs them."""
        rows = self.found["operations"]
        return next(
            row for row in rows
            if (row["job"], row["operation"]) == ("D1 shampoo_mild", "fill")
        )  # fmt: skip


@pytest.fixture(scope="module")
def kept_up(network, start_service):
    with start_service(network, told(network.settings.as_of_us)) as one:
        yield one


@pytest.fixture(scope="module")
def chart(kept_up):
    head = {"authorization": f"Bearer {kept_up.key}"}
    with httpx.Client(base_url=f"{kept_up.url}/v1", headers=head, timeout=60) as client:
        job = client.post("/schedules", json={"seconds": 2}).json()["id"]
        with client.stream("GET", f"/jobs/{job}/progress", timeout=WAIT_S) as steps:
            assert any(line == "event: over" for line in steps.iter_lines())
        return Chart(client.get(f"/jobs/{job}/result").json())


@pytest.fixture
def opened(sign_in, kept_up, chart):
    def open_schedule(**options):
        page = sign_in("schedule", at=kept_up, **options)
        page.wait_for_selector("canvas.gantt")
        page.wait_for_timeout(100)  # the chart is drawn in the next frames
        return page

    return open_schedule


@pytest.fixture(
    params=[
        (width, theme, language)
        for width in (1440, 820)
        for theme, language in (("light", "en"), ("dark", "en"), ("dark", "zh"))
    ],
    ids=str,
)
def look(request):
    """Width, theme and language of the page."""
    return request.param


def test_maintenance_repair_and_material_are_shown_and_told(
    opened, chart, *, look, pictures, sound
):
    width, theme, language = look
    page = opened(width=width, color_scheme=theme, locale=language, bypass_csp=True)
    names = {"en": ("Maintenance", "Repair", "Material is there", "Material for"),
             "zh": ("维护", "维修", "物料到位", "的物料自")}[language]  # fmt: skip
    legend = page.locator(".legend")
    for name in names[:3]:
        expect(legend.get_by_text(name, exact=True)).to_be_visible()
    stop, tip = chart.stop, page.locator(".tip")
    page.mouse.move(*chart.at(page, stop["machine"], (stop["start"] + stop["end"]) / 2))
    expect(tip).to_contain_text(names[0])
    expect(tip).to_contain_text(stop["machine"])
    page.screenshot(path=pictures / f"stops_{width}_{theme}_{language}_block.png")
    page.mouse.move(*chart.at(page, chart.waits["machine"], chart.ready, up=9))
    expect(tip).to_contain_text(names[3])
    expect(tip).to_contain_text(re.compile("bottle_small.*B1"))
    page.screenshot(path=pictures / f"stops_{width}_{theme}_{language}.png")
    stops = page.locator("section.stops tbody tr")
    expect(stops.filter(has_text=stop["machine"]).first).to_contain_text(names[0])
    expect(stops.filter(has_text="pack_north_2").first).to_contain_text(names[1])
    row = page.get_by_role("row").filter(has_text="D1 shampoo_mild")
    expect(row.first).to_contain_text("bottle_small")
    sound(page)


def test_names_stand_in_blocks_with_room(opened, chart, pictures, sound):
    page = opened(width=820, bypass_csp=True)
    x, y = chart.at(page, chart.stop["machine"], chart.stop["start"])
    page.mouse.move(x, y)
    for _ in range(10):
        page.mouse.wheel(0, -100)
    page.mouse.move(x + 40, y)
    expect(page.locator(".tip")).to_contain_text("Maintenance: fill_north")
    page.screenshot(path=pictures / "stops_zoomed.png")
    sound(page)


def test_operation_is_not_dragged_into_maintenance(opened, chart, pictures):
    page = opened()
    stop = chart.stop
    rows = chart.found["operations"]
    one = next(row for row in rows if row["machine"] == stop["machine"])
    middle = (stop["start"] + stop["end"]) / 2
    page.mouse.move(*chart.at(page, one["machine"], one["start"] + 600))
    page.mouse.down()
    page.mouse.move(*chart.at(page, stop["machine"], middle), steps=4)
    expect(page.locator(".tip")).to_contain_text(
        f"{stop['machine']} is in maintenance until"
    )
    page.screenshot(path=pictures / "stops_dragged.png")
    page.mouse.up()
    expect(page.locator(".said")).to_contain_text("taken back")
    expect(page.locator(".said")).to_contain_text("in maintenance")


def test_operation_is_not_dragged_before_its_material(opened, chart, pictures):
    page = opened()
    one = chart.waits
    page.mouse.move(*chart.at(page, one["machine"], one["start"] + 7_200))
    page.mouse.down()
    page.mouse.move(*chart.at(page, one["machine"], one["start"] - 30_000), steps=4)
    expect(page.locator(".tip")).to_contain_text(
        "material for D1 shampoo_mild is there from"
    )
    page.screenshot(path=pictures / "stops_dragged_material.png")
    page.mouse.up()
    expect(page.locator(".said")).to_contain_text("material for D1 shampoo_mild")


def test_maintenance_and_material_are_told_by_key(opened, chart):
    page = opened()
    chosen = page.locator(".chosen")
    page.get_by_role(
        "button", name=f"Choose Maintenance: {chart.stop['machine']}"
    ).first.click()
    expect(page.locator("canvas.gantt")).to_be_focused()
    expect(chosen).to_contain_text(f"Maintenance: {chart.stop['machine']}")
    expect(page.get_by_role("button", name="Lock", exact=True).first).to_be_disabled()
    page.keyboard.press("PageDown")
    expect(chosen).not_to_contain_text(f"Maintenance: {chart.stop['machine']}")
    seen = []
    for _ in range(len(chart.found["operations"]) + 20):
        page.keyboard.press("PageUp")
        seen.append(chosen.inner_text())
    assert any(text.startswith("Maintenance: fill_north") for text in seen)
    assert any(text.startswith("Repair: pack_north_2") for text in seen)
    waits = [text for text in seen if text.startswith("D1 shampoo_mild, fill")]
    assert waits
    assert "It waits for its material, there from" in waits[0]
    assert "bottle_small (B1)" in waits[0]
