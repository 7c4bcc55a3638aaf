"""The way ahead of stock, and actions on open orders, in a real browser."""

import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000
PROJECTED = """async (given) => {
    const { protection, spread, underWay } = await import("/page/views/projection.js");
    return [underWay(given.stock), spread(given.middle, given.forecast,
        ["q0.1", "q0.9"]), protection(given.lanes, "dc")];
}"""
DAY_US = 86_400_000_000


def test_stock_ahead_is_what_comes_less_what_is_asked(sign_in):
    page = sign_in("streams")
    stock = {
        "onHand": 10, "fromUs": 0, "days": 4, "mean": [3, 3, 3],
        "arrivals": [
            {"dueUs": -DAY_US, "quantity": 2}, {"dueUs": 1.5 * DAY_US, "quantity": 5},
        ],
    }  # fmt: skip
    day = {"mean": 10, "q0.1": 7, "q0.9": 14}
    given = {"stock": stock, "middle": [20, 10, 0], "forecast": [day, day], "lanes": []}
    ahead, (low, high), days = page.evaluate(PROJECTED, given)
    assert ahead == [10, 9, 11, 8]
    assert low == pytest.approx([20, 10 - 4, 0 - 32**0.5])
    assert high == pytest.approx([20, 10 + 3, 18**0.5])
    assert days == 2


def test_stock_ahead_is_drawn_with_a_fan_and_a_level(sign_in, pictures, sound):
    page = sign_in("stock/shampoo_mild/dc_west", bypass_csp=True)
    expect(page.locator("svg.fan .middle")).to_be_attached()
    expect(page.locator("svg.fan .comes").first).to_be_attached()
    page.get_by_role("button", name="Forecast its demand").click()
    page.wait_for_selector("svg.fan .band", timeout=WAIT_MS)
    expect(page.locator("svg.fan .level")).to_have_count(1)
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
    page.get_by_role("button", name="Reject Defer T1").click()
    page.keyboard.type("it is needed")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("by first: it is needed")
