"""Plans are compared, approved and rejected in a real browser."""

import re

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000


def with_cause(route):
    """Answer a result as it is, with a cause where it explains a difference."""
    answer = route.fetch()
    told = answer.json()
    if "why" in told:
        parts = {"order_kind": "purchase", "order": "P1", "quantity": 5.0, "days": 2}
        said = {"kind": "order_later", "parts": {**parts, "item": "soap_rose"}}
        name = "purchase order P1 of 5 soap_rose, 2 days later"
        because = {"kind": "date", "name": name, "said": said, "since": 0}
        told["why"]["causes"] = [
            {
                "order": "C1", "customer": "cologne", "item": "soap_rose",
                "site": "dc_west", "asked": 0, "what": "later", "whole": True,
                "ran_out": False, "because": [because],
            }
        ]  # fmt: skip
    route.fulfill(response=answer, json=told)


def test_plans_are_compared_and_the_causes_found(sign_in, planned, pictures, sound):
    page = sign_in("plans", bypass_csp=True)
    page.get_by_label("Before").select_option(planned.first)
    page.get_by_label("After").select_option(planned.second)
    page.get_by_role("button", name="Compare").click()
    title = f"From {planned.first} to {planned.second}"
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    for name in ("Money", "Orders of customers", "Operations"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Purchases "))).to_be_visible()
    page.get_by_role("button", name="Find the causes").click()
    page.wait_for_selector(".job")
    page.wait_for_selector(".job", state="detached", timeout=WAIT_MS)
    expect(page.locator(".problem")).to_have_count(0)
    for width, theme in ((1440, "light"), (820, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        sound(page)
        page.screenshot(path=pictures / f"diff_{width}_{theme}_en.png", full_page=True)
    page.route("**/v1/jobs/*/result", with_cause)
    page.get_by_label("Language").select_option("zh")
    page.get_by_role("button", name="查找原因").click()
    cause = page.locator("section ul.plain li").first
    expect(cause).to_contain_text("推后 2 天", timeout=WAIT_MS)
    expect(cause).to_contain_text("采购订单 P1")
    sound(page)
    page.screenshot(path=pictures / "diff_820_dark_zh.png", full_page=True)


def release(live, plan):
    """Tell the service of a plan that a loop released."""
    told = {
        "specversion": "1.0", "id": plan, "source": "loop", "type": "PlanReleased",
        "time": "2026-01-05T00:00:00Z",
        "data": {
            "plan": plan, "start_us": 1_767_571_200_000_000,
            "end_us": 1_768_176_000_000_000, "policy": "mpc", "cost": 1234.5,
            "reason": "machine fill_north_1 is down",
        },
    }  # fmt: skip
    head = {"authorization": f"Bearer {live.key}"}
    assert httpx.post(f"{live.url}/v1/events", headers=head, json=told).is_success


def test_plans_of_a_live_loop_are_listed_and_decided(sign_in, live, pictures, sound):
    page = sign_in("plans", bypass_csp=True)
    expect(page.locator("main section").nth(1)).not_to_be_empty()
    with page.expect_response("**/v1/plans"):
        release(live, "LOOP-7")
    row = page.locator('tr[data-key="LOOP-7"]')
    expect(row).to_contain_text("mpc")
    page.get_by_role("button", name="Approve LOOP-7").click()
    expect(row).to_contain_text("approved by")
    expect(row).to_contain_text("machine fill_north_1 is down")
    sound(page)
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("计划")
    expect(row).to_contain_text("mpc")
    sound(page)
    page.screenshot(path=pictures / "plans_released_zh.png", full_page=True)


def test_plan_that_is_released_while_plans_are_read_is_listed(sign_in, live):
    def late(route):
        answer = route.fetch()
        release(live, "LOOP-8")
        for _ in range(200):
            if any(one["plan"] == "LOOP-8" for one in route.fetch().json()):
                break
            page.wait_for_timeout(50)
        route.fulfill(response=answer)

    page = sign_in("streams")
    page.route("**/v1/plans", late, times=1)
    page.get_by_role("link", name="Plans", exact=True).click()
    expect(page.locator('tr[data-key="LOOP-8"]')).to_contain_text("mpc")


def test_plan_is_approved_and_another_rejected_with_its_reason(
    sign_in, planned, live, pictures
):
    page = sign_in("plans")
    page.get_by_role("button", name=f"Approve {planned.second}").click()
    row = page.locator(f'tr[data-key="{planned.second}"]')
    expect(row).to_contain_text("approved by")
    page.get_by_role("button", name=f"Reject {planned.first}").click()
    reason = page.get_by_label(f"Reason to reject {planned.first}")
    expect(reason).to_be_focused()
    page.keyboard.press("Enter")
    expect(reason).to_be_visible()
    reason.fill("too much on overtime")
    # What others do meanwhile leaves the half-given reason where it is.
    head = {"authorization": f"Bearer {live.key}"}
    said = f"{live.url}/v1/plans/{planned.second}/approval"
    with page.expect_response("**/v1/decisions"):
        assert httpx.post(said, headers=head, json={}).is_success
    page.wait_for_timeout(200)
    expect(reason).to_have_value("too much on overtime")
    reason.press("Enter")
    row = page.locator(f'tr[data-key="{planned.first}"]')
    expect(row).to_contain_text("too much on overtime")
    page.reload()
    expect(row).to_contain_text("rejected by")
    page.screenshot(path=pictures / "plans_decided.png")
    words = page.request.get(f"{live.url}/v1/decisions").json()
    told = {one["plan"]: one["status"] for one in words}
    assert (told[planned.first], told[planned.second]) == ("rejected", "approved")


def test_reason_that_was_written_is_in_no_language_that_is_known(sign_in, live, sound):
    release(live, "LOOP-9")
    head = {"authorization": f"Bearer {live.key}"}
    said = httpx.post(
        f"{live.url}/v1/plans/LOOP-9/rejection",
        json={"why": "it is not in time for the fair"}, headers=head,
    )  # fmt: skip
    assert said.is_success
    page = sign_in("plans", bypass_csp=True)
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("计划")
    row = page.locator('tr[data-key="LOOP-9"]')
    expect(row).to_contain_text("已驳回 first")
    expect(row).to_contain_text("it is not in time for the fair")
    sound(page)
