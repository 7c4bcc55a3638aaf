"""Branches are kept, compared and made real in a real browser."""

import re

import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 600_000


def test_change_is_compared_with_how_it_is(sign_in):
    page = sign_in("futures")
    page.fill("#replications", "2")
    page.fill("#days", "7")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("columnheader", name="faster")).to_be_visible(
        timeout=WAIT_MS
    )
    expect(page.get_by_role("columnheader", name="As it is")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Result "))).to_be_visible()


def test_branches_are_kept_compared_promoted_and_forgotten(
    sign_in, live, pictures, sound
):
    page = sign_in("futures", bypass_csp=True)
    page.fill("#replications", "2")
    page.fill("#days", "7")
    for name, factor in (("quick", "1.3"), ("slow", "0.7")):
        page.fill("#name", name)
        page.fill("#factor", factor)
        page.get_by_role("button", name="Keep as a branch").click()
        expect(page.get_by_label(f"Compare {name}")).to_be_checked(timeout=WAIT_MS)
    page.get_by_role("button", name="Compare", exact=True).click()
    for name in ("quick", "slow"):
        expect(page.get_by_role("columnheader", name=name)).to_be_visible(
            timeout=WAIT_MS
        )
    page.get_by_role("button", name="Promote quick").click()
    expect(page.get_by_role("heading", name="Make quick real")).to_be_visible()
    for width, theme in ((1440, "light"), (820, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        sound(page)
        name = f"branches_{width}_{theme}_en.png"
        page.screenshot(path=pictures / name, full_page=True)
    page.get_by_label("Language").select_option("zh")
    page.get_by_role("button", name="采用 quick").click()
    expect(page.get_by_role("heading", name="采用 quick")).to_be_visible()
    expect(page.locator("main")).to_contain_text("fill_north_1、fill_north_2")
    sound(page)
    page.screenshot(path=pictures / "branches_820_dark_zh.png", full_page=True)
    page.get_by_label("语言").select_option("en")
    page.get_by_role("button", name="Promote quick").click()
    page.get_by_label("Reason", exact=True).fill("the new motors run")
    page.get_by_role("button", name="Make it real").click()
    expect(page.get_by_text("quick is real now.")).to_be_visible()
    page.get_by_role("button", name="Forget slow").click()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_label("Compare slow")).to_have_count(1)
    page.get_by_role("button", name="Forget slow").click()
    page.get_by_role("button", name="Yes, forget it").click()
    expect(page.get_by_label("Compare slow")).to_have_count(0)
    kept = page.request.get(f"{live.url}/v1/branches").json()
    assert [one["name"] for one in kept] == ["quick"]


def test_name_that_no_branch_may_have_is_refused(sign_in, live):
    page = sign_in("futures")
    page.fill("#name", "two words")
    page.get_by_role("button", name="Keep as a branch").click()
    assert page.locator("#name:invalid").count() == 1
    kept = page.request.get(f"{live.url}/v1/branches").json()
    assert "two words" not in [one["name"] for one in kept]
