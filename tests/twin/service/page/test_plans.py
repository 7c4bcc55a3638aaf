"""Plans are compared, approved and rejected in a real browser."""

import re

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000


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
    assert {one["plan"]: one["status"] for one in words} == {
        planned.first: "rejected",
        planned.second: "approved",
    }
