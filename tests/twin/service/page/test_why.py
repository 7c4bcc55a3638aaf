"""An order that waits is asked why, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000


def test_order_that_waits_is_chosen_and_explained(sign_in, planned, pictures, sound):
    page = sign_in(f"why/{planned.first}/LARGE", bypass_csp=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("LARGE")
    page.get_by_role("button", name="Find what binds it").click()
    page.wait_for_selector('[role="tree"]', timeout=WAIT_MS)
    expect(page.locator("main")).to_contain_text(re.compile(r"What binds it"))
    page.screenshot(path=pictures / "why_1440_light_en.png", full_page=True)
    sound(page)
    page.set_viewport_size({"width": 820, "height": 900})
    page.emulate_media(color_scheme="dark")
    sound(page)
    page.screenshot(path=pictures / "why_820_dark_en.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_role("button", name="查找制约因素")).to_be_visible()
    page.wait_for_selector('[role="tree"]')
    sound(page)
    page.screenshot(path=pictures / "why_820_light_zh.png", full_page=True)


def test_tree_is_walked_by_key(sign_in, planned):
    page = sign_in(f"why/{planned.first}/LARGE")
    page.get_by_role("button", name="Find what binds it").click()
    page.wait_for_selector('[role="tree"]', timeout=WAIT_MS)
    items = page.locator('[role="treeitem"]')
    first = items.first
    assert page.locator('[role="treeitem"][tabindex="0"]').count() == 1
    first.focus()
    page.keyboard.press("End")
    expect(first).not_to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()
    inner = page.locator('[role="treeitem"][aria-expanded="true"]').first
    inner.focus()
    shown = page.locator('[role="treeitem"]:visible').count()
    page.keyboard.press("ArrowLeft")
    assert page.locator('[role="treeitem"]:visible').count() < shown
    page.keyboard.press("ArrowRight")
    assert page.locator('[role="treeitem"]:visible').count() == shown
    page.keyboard.press("ArrowRight")
    expect(inner).not_to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator('[role="treeitem"]:focus')).to_have_attribute(
        "aria-expanded", re.compile("true")
    )


def test_order_is_found_through_the_tower_and_the_list(sign_in, planned):
    page = sign_in("tower")
    page.locator('main a[href^="#why/"]').first.click()
    expect(page.get_by_label("Order of a customer")).not_to_be_empty()
    rows = page.locator("main table").last.locator("tbody a")
    order = rows.first.inner_text()
    rows.first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(order)
    page.get_by_label("Order of a customer").fill("nobody's")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".problem")).to_contain_text("nobody's")
