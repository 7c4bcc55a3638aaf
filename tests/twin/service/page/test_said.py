"""What the service refuses is told in Chinese, too: by kind and parts."""

import json
import re

import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

# The first search of a fresh checkout waits for kernels to be compiled.
WAIT_MS = 300_000
# Three words in a row are no name of a thing.
LATIN = re.compile(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def told(element):
    text = element.inner_text()
    assert CHINESE.search(text), text
    assert not LATIN.search(text), text
    return text


def test_refused_drag_is_told_in_chinese(sign_in, sound):
    page = sign_in("schedule", locale="zh", bypass_csp=True)
    page.fill("#seconds", "1")
    page.locator("button.main[type=submit]").click()
    page.wait_for_selector("canvas.gantt", timeout=WAIT_MS)
    asked = []

    def at_once(route):
        body = json.loads(route.request.post_data)
        asked.append(body)
        # All at once: the service itself finds what is wrong with that.
        for one in body["operations"]:
            one["start"] = 0
        route.continue_(post_data=json.dumps(body))

    page.route("**/v1/schedules/check", at_once)
    page.get_by_role("button", name=re.compile("^选择 P7 ")).last.click()
    page.keyboard.press("Shift+ArrowRight")
    state = page.locator(".value.said")
    expect(state).to_contain_text("已撤回", timeout=WAIT_MS)
    assert asked
    assert "开始" in told(state)
    sound(page)


def test_failed_actions_are_told_in_chinese(sign_in, sound):
    page = sign_in("stock/shampoo_mild/dc_west", locale="zh", bypass_csp=True)
    page.locator("#action_kind").select_option("increase")
    page.fill("#action_quantity", "1")
    page.get_by_role("button", name="提出", exact=True).click()
    problem = page.locator("main .problem")
    expect(problem).to_contain_text("1 不多于")
    told(problem)
    sound(page)
    page.goto(re.sub(r"#.*", "#stock/bottle_large/plant_north", page.url))
    page.get_by_role("button", name="预测需求").click()
    expect(problem).to_contain_text("plant_north的 bottle_large 尚无可供预测的订单")
    told(problem)
    page.goto(re.sub(r"#.*", "#futures", page.url))
    page.fill("#of", "no_such_machine")
    page.fill("#name", "gone")
    page.get_by_role("button", name="保存为分支").click()
    expect(problem).to_contain_text("no_such_machine")
    told(problem)
    sound(page)


def test_service_that_does_not_answer_is_told_in_chinese(sign_in):
    page = sign_in("futures", locale="zh")
    page.fill("#name", "lost")
    page.evaluate(
        "() => { window.fetch = () => Promise.reject(new TypeError('cut off')); }"
    )
    page.get_by_role("button", name="保存为分支").click()
    expect(page.locator("main .problem")).to_have_text("服务没有应答。")


def test_dead_letters_are_told_in_chinese(sign_in, dead_letter, sound):
    dead_letter("no news")
    page = sign_in("streams", locale="zh", bypass_csp=True)
    row = page.locator("main tbody tr").filter(has_text="no news")
    expect(row).to_contain_text("自第 4 字节起不是 UTF-8 的 JSON")
    sound(page)
    row.get_by_role("button", name=re.compile("^重试")).click()
    problem = row.locator(".problem")
    expect(problem).to_contain_text("自第 4 字节起")
    told(problem)


def test_kind_that_the_page_does_not_know_is_told_in_english(sign_in):
    page = sign_in("streams", locale="zh")

    def otherwise(route):
        answer = route.fetch()
        found = answer.json()
        for one in found["letters"]:
            one["said"] = {"kind": "of_tomorrow", "parts": {}}
        route.fulfill(response=answer, json=found)

    page.route("**/v1/deadletters*", otherwise)
    page.reload()
    english = page.locator("main tbody td span[lang=en]")
    expect(english.last).to_contain_text("must be JSON in UTF-8")
