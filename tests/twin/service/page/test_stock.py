"""The way ahead of stock, and actions on open orders, in a real browser."""

import re
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000
# What a function of the projection returns for what is given to it.
PROJECTED = """async ([name, given]) => {
    const all = await import("/page/views/projection.js");
    return all[name](...given);
}"""
DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def projected(browser, live):
    page = browser.new_page()
    page.goto(live.url)
    yield lambda name, *given: page.evaluate(PROJECTED, [name, list(given)])
    page.close()


def asked(day, **more):
    return {"ds_us": day * DAY_US, "mean": 3, **more}


def test_stock_ahead_is_what_comes_less_what_is_owed_and_asked(projected):
    stock = {
        "onHand": 10, "owed": 0, "fromUs": 0, "times": [n * DAY_US for n in range(4)],
        "forecast": [asked(n) for n in range(3)],
        "arrivals": [
            {"dueUs": -DAY_US, "quantity": 2}, {"dueUs": 1.5 * DAY_US, "quantity": 5},
        ],
    }  # fmt: skip
    assert projected("underWay", stock) == [10, 9, 11, 8]
    owed = {**stock, "onHand": 0, "owed": 500, "forecast": []}
    owed["arrivals"] = [{"dueUs": DAY_US, "quantity": 100}]
    assert projected("underWay", owed) == [-500, -400, -400, -400]


def test_days_of_a_forecast_count_where_they_are(projected):
    # Made two and a half days ago: half of its third day is over.
    stock = {
        "onHand": 10, "owed": 0, "arrivals": [], "fromUs": 2.5 * DAY_US,
        "times": [2.5 * DAY_US, 3.5 * DAY_US],
        "forecast": [asked(0, mean=90), asked(1, mean=90), asked(2, mean=4), asked(3)],
    }  # fmt: skip
    assert projected("underWay", stock) == [10, 10 - 2 - 1.5]
    assert projected("endOf", stock["forecast"]) == 4 * DAY_US
    assert projected("daily", 2.5 * DAY_US, 4 * DAY_US) == stock["times"]


def test_what_is_ordered_sent_and_made_comes(projected):
    lines = [{"order": "T", "due_us": 5, "quantity": 9, "shipped": 4}]
    sent = [{"shipment": "S", "due_us": None, "quantity": 4}]
    made = [{"production_order": "P", "due_us": 7, "quantity": 50, "scrap": 2}]
    come = projected("coming", {"lines": lines, "sent": sent, "made": made}, 3)
    assert [(one["name"], one["dueUs"], one["quantity"]) for one in come] == [
        ("T", 5, 5), ("S", 3, 4), ("P", 7, 48),
    ]  # fmt: skip


def test_demand_off_its_mean_adds_up_as_far_as_it_is_forecast(projected):
    days = [asked(n, **{"mean": 10, "q0.1": 7, "q0.9": 14}) for n in range(2)]
    given = {
        "times": [n * DAY_US for n in range(4)], "middle": [20, 10, 0, 0],
        "forecast": days, "fromUs": 0,
    }  # fmt: skip
    low, high = projected("spread", given, ["q0.1", "q0.9"])
    assert low == pytest.approx([20, 10 - 4, 0 - 32**0.5])
    assert high == pytest.approx([20, 10 + 3, 18**0.5])


def test_plan_is_drawn_from_its_own_start(projected):
    rows = [{"end_us": 200, "on_hand": 4}, {"end_us": 300, "on_hand": 6}]
    known = projected("planned", rows, 100, 9)
    assert known == {"times": [100, 200, 300], "middle": [9, 4, 6]}
    assert projected("planned", rows, 100, None)["times"] == [200, 300]


def test_forecast_by_day_with_the_levels_is_the_one_that_counts(projected):
    done = {"kind": "forecast", "status": "done"}
    of = {"item": "a", "site": "dc", "bucket_h": 24, "quantiles": [0.1, 0.5, 0.9]}
    jobs = [
        {**done, "id": "hours", "asked": {**of, "bucket_h": 1}},
        {**done, "id": "median", "asked": {**of, "quantiles": [0.5]}},
        {**done, "id": "elsewhere", "asked": {**of, "site": "plant"}},
        {**done, "id": "wanted", "asked": of},
    ]
    assert projected("dailyForecast", jobs, "a", "dc", [0.1, 0.9])["id"] == "wanted"


def test_lane_counts_from_where_the_item_comes(projected):
    lanes = [
        {"from_place": origin, "to_place": "dc", "lead_time_s": days * 86_400}
        for origin, days in (("near", 1), ("far", 8))
    ]
    assert projected("protection", lanes, "dc") == {"days": 2, "known": False}
    its = projected("protection", lanes, "dc", ["far"])
    assert its == {"days": 9, "known": True}
    assert projected("protection", [], "dc")["days"] == 2


def test_stock_ahead_is_drawn_with_a_fan_and_a_level(sign_in, pictures, sound):
    page = sign_in("stock/shampoo_mild/dc_west", bypass_csp=True)
    expect(page.locator("svg.fan .middle")).to_be_attached()
    expect(page.locator("svg.fan .comes").first).to_be_attached()
    page.get_by_role("button", name="Forecast its demand").click()
    page.wait_for_selector("svg.fan .band", timeout=WAIT_MS)
    expect(page.locator("svg.fan .level")).to_have_count(1)
    expect(page.locator("figcaption")).to_contain_text("The forecast was asked for")
    for width, theme in ((1440, "light"), (820, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        sound(page)
        name = f"stock_fan_{width}_{theme}_en.png"
        page.screenshot(path=pictures / name, full_page=True)


def test_action_is_proposed_and_approved_and_changes_the_order(sign_in, live):
    page = sign_in("stock/shampoo_mild/dc_west")
    page.get_by_label("Order", exact=True).select_option(index=0)
    page.get_by_label("Action", exact=True).select_option("increase")
    page.get_by_label("New quantity").fill("1000")
    page.get_by_label("Why").last.fill("it runs out")
    page.get_by_role("button", name="Propose", exact=True).click()
    page.get_by_role("button", name="Approve Increase T0").click()
    expect(page.locator("main")).to_contain_text("approved by")
    address = f"{live.url}/v1/state/orders"
    for _ in range(200):
        rows = page.request.get(address).json()["rows"]
        quantity = next(row["quantity"] for row in rows if row["order"] == "T0")
        if quantity == 1_000.0:
            break
        page.wait_for_timeout(50)
    assert quantity == 1_000.0


def test_action_is_rejected_with_its_reason(sign_in):
    page = sign_in("stock/shampoo_mild/dc_west")
    page.get_by_label("Order", exact=True).select_option(index=1)
    page.get_by_label("Action", exact=True).select_option("defer")
    page.get_by_label("By days").fill("2")
    page.get_by_role("button", name="Propose", exact=True).click()
    sent = page.get_by_text("It waits for approval.")
    expect(sent).to_have_count(1)
    page.get_by_role("button", name="Reject Defer T1").click()
    page.keyboard.type("it is needed")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("by first: it is needed")
    expect(sent).to_have_count(0)


def test_what_is_sent_in_full_is_not_offered_to_be_changed(sign_in):
    page = sign_in("stock")

    def sent(route):
        found = route.fetch().json()
        first = next(row for row in found["rows"] if row["order"] == "T0")
        first["shipped"] = first["quantity"]
        route.fulfill(json=found)

    page.route("**/v1/state/orders?*", sent)
    page.goto(re.sub(r"#.*", "#stock/shampoo_mild/dc_west", page.url))
    offered = page.get_by_label("Order", exact=True).locator("option")
    expect(offered).to_have_count(1)
    expect(offered.first).to_contain_text("T1")


def test_opened_item_follows_its_events(sign_in, live):
    page = sign_in("stock/shampoo_mild/dc_west")
    there = page.locator(".tiles.four .value").first
    before = there.inner_text()
    now_us = page.request.get(f"{live.url}/v1/streams").json()["latest_us"]
    event = {
        "specversion": "1.0", "id": "counted", "source": "test",
        "type": "StockCounted",
        "time": f"{datetime.fromtimestamp(now_us / 1e6 + 1, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "data": {"item": "shampoo_mild", "site": "dc_west", "quantity": 321_000},
    }  # fmt: skip
    head = {"authorization": f"Bearer {live.key}"}
    told = httpx.post(f"{live.url}/v1/events", json=event, headers=head)
    assert told.is_success, told.text
    expect(there).to_have_text("321,000")
    assert before != "321,000"


def test_past_is_shown_without_what_is_of_now(sign_in):
    page = sign_in("stock/shampoo_mild/dc_west")
    slider = page.get_by_label("Moment")
    end = slider.get_attribute("max")
    assert end is not None
    slider.fill(str(int(end) - 1))
    expect(page.locator("figcaption")).to_contain_text("stands in the past")
    expect(page.locator("svg.fan .band")).to_have_count(0)
    expect(page.get_by_text("What is shown is of the past")).to_be_visible()
    expect(page.get_by_role("button", name="Propose", exact=True)).to_have_count(0)


def test_item_is_shown_whole_however_many_others_there_are(crowded, sign_in):
    page = sign_in("stock/shampoo_mild/dc_west", at=crowded)
    orders = page.get_by_label("Order", exact=True).locator("option")
    expect(orders).to_have_count(2)
    expect(orders.first).to_contain_text("T0")
    mine = {"item": "shampoo_mild", "place": "dc_west"}
    address = f"{crowded.url}/v1/state/stock"
    (row,) = page.request.get(address, params=mine).json()["rows"]
    tiles = page.locator(".tiles.four .value")
    expect(tiles.nth(1)).to_have_text(f"{row['on_order']:,.0f}")
    expect(tiles.nth(3)).to_have_text(f"{row['backorder']:,.0f}")
    assert row["on_order"] == 800 + 1_200


def test_long_list_says_how_many_there_are_and_all_are_found(crowded, sign_in):
    page = sign_in("stock", at=crowded)
    expect(page.locator("main")).to_contain_text("The first 5,000 of 6,")
    body = page.locator("main tbody").first
    expect(body.locator("tr")).to_have_count(5_000)
    page.locator("#wanted").fill("shampoo_mild")
    expect(body).to_contain_text("dc_west")
    expect(page.locator("main")).not_to_contain_text("The first 5,000")
