"""How long machines will last, and dead letters, in a real browser."""

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

WAIT_MS = 300_000


def test_machines_are_ranked_and_one_is_looked_at(sign_in, pictures, sound):
    page = sign_in("machines", bypass_csp=True)
    page.get_by_role("button", name="Learn from the failures so far").click()
    # The one that ran longest since it was renewed is the first.
    first = page.locator("tr[data-key]").first
    expect(first).to_have_attribute("data-key", "press-1", timeout=WAIT_MS)
    first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="Life of press-1")).to_be_visible()
    expect(page.locator("svg.fan .band")).to_have_count(2)
    expect(page.locator(".bars li").first).to_contain_text("h less")
    for width, theme in ((1440, "light"), (820, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        sound(page)
        name = f"machines_rul_{width}_{theme}_en.png"
        page.screenshot(path=pictures / name, full_page=True)


def test_dead_letter_is_mended_and_fed_in_again(sign_in, dead_letter, pictures):
    dead_letter("broken text")
    page = sign_in("streams")
    row = page.locator("main tbody tr").filter(has_text="broken text")
    row.get_by_role("button", name="Retry").click()
    expect(row.locator(".problem")).to_be_visible()
    row.get_by_role("button", name="Back").click()
    row.get_by_role("button", name="Mend").click()
    box = page.get_by_role("textbox")
    expect(box).to_have_value("broken text")
    box.fill(
        '{"specversion": "1.0", "id": "mended", "source": "test",'
        ' "type": "MachineStateChanged", "time": "2026-01-05T00:01:00Z",'
        ' "data": {"machine": "press-1", "state": "idle"}}'
    )
    page.get_by_role("button", name="Send").click()
    expect(page.locator("main tbody")).to_contain_text("mended")
    page.screenshot(path=pictures / "streams_mended.png")


def test_record_that_is_shown_in_part_is_not_mended_from_it(sign_in, live):
    head = {"authorization": f"Bearer {live.key}"}
    lines = {**head, "content-type": "application/x-ndjson"}
    text = b"long " * 500
    httpx.post(f"{live.url}/v1/events", content=text, headers=lines)
    page = sign_in("streams")
    row = page.locator("main tbody tr").filter(has_text="long long")
    for _ in range(100):
        if row.count():
            break
        page.wait_for_timeout(100)
        page.reload()
        page.wait_for_selector("main tbody tr")
    row.get_by_role("button", name="Mend").click()
    expect(row.locator(".problem")).to_contain_text("longer than what can be shown")
    expect(page.get_by_role("textbox")).to_have_count(0)
