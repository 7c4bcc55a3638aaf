"""The slider over what happened, where events are in several partitions."""

from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

BEGIN_S, HOUR_S = 1_767_571_200, 3_600


def local(time_s):
    return datetime.fromtimestamp(time_s, ZoneInfo("Europe/Berlin"))


def dragged(page, share):
    """Drag the slider from where it stands to a share of its way."""
    box = page.locator("#moment").bounding_box()
    low, high, now = (
        float(page.evaluate(f"document.getElementById('moment').{name}"))
        for name in ("min", "max", "value")
    )
    y, thumb = box["y"] + box["height"] / 2, box["height"]

    def place(part):
        return box["x"] + thumb / 2 + part * (box["width"] - thumb)

    page.mouse.move(place((now - low) / (high - low)), y)
    page.mouse.down()
    page.mouse.move(place(share), y, steps=8)
    page.mouse.up()
    return int(page.locator("#moment").input_value())


def test_slider_over_several_partitions_shows_what_was_then(sign_in, parted):
    head = {"authorization": f"Bearer {parted.key}"}
    asked = httpx.get(f"{parted.url}/v1/streams", headers=head)
    assert len(asked.json()["position"]) == 3
    page = sign_in("stock/shampoo_mild/dc_west", at=parted)
    slider, output = page.get_by_label("Moment"), page.locator(".slider output")
    there = page.locator(".tiles.four .value").first
    expect(there).to_have_text("4,000")
    assert [int(slider.get_attribute(one)) for one in ("min", "max")] == [
        BEGIN_S, BEGIN_S + 19 * HOUR_S,
    ]  # fmt: skip
    # By the middle it was counted in two of three partitions; the other has counts of
    # later alone, and the first has one of later, too.
    middle = dragged(page, 0.5)
    assert abs(middle - BEGIN_S - 9.5 * HOUR_S) < HOUR_S
    expect(there).to_have_text("2,000")
    expect(output).to_have_text(f"{local(middle):%b %-d, %Y, %H:%M}")
    expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
    expect(page.locator("figcaption")).to_contain_text("stands in the past")
    late = dragged(page, 14 / 19)
    assert late > middle
    expect(there).to_have_text("3,000")
    dragged(page, 2 / 19)
    expect(there).to_have_text("1,000")
    expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
    dragged(page, 1.05)  # as far as it goes
    expect(there).to_have_text("4,000")
    expect(slider).to_have_attribute("aria-valuetext", "now")


def test_moment_of_several_partitions_is_told_in_chinese(sign_in, parted):
    page = sign_in("tower", at=parted, locale="zh")
    then = local(dragged(page, 0.5))
    slider, output = page.locator("#moment"), page.locator(".slider output")
    expect(output).to_have_text(f"{then.year}年{then.month}月{then.day}日 {then:%H:%M}")
    expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
    expect(page.locator(".tile").first).to_be_visible()
