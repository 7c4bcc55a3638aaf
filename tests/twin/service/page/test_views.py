"""Each view in a real browser, by hand and by key, in two languages and two themes."""

import re

import httpx
import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

VIEWS = ("tower", "schedule", "stock", "machines", "futures", "why", "plans", "streams")
# The first search of a fresh checkout waits for kernels to be compiled.
WAIT_MS = 300_000


def made_schedule(page):
    page.fill("#seconds", "1")
    page.get_by_role("button", name="Schedule", exact=True).click()
    page.wait_for_selector(".job")
    page.wait_for_selector(".job", state="detached", timeout=WAIT_MS)
    page.wait_for_selector("canvas.gantt")


def pointed_at(page, rows=range(20)):
    """Point at rows of the chart until an operation that may be moved shows its tip."""
    box = page.locator("canvas.gantt").bounding_box()
    for row in rows:
        y = box["y"] + 26 + 30 * row + 15
        for x in range(140, int(box["width"]), 10):
            page.mouse.move(box["x"] + x, y)
            if page.locator(".tip").is_visible():
                return box["x"] + x, y
    pytest.fail("no operation is on the chart")


@pytest.mark.parametrize(
    "look",
    [
        (width, theme, language)
        for width in (1440, 820)
        for theme, language in (("light", "en"), ("dark", "en"), ("dark", "zh"))
    ],
)
def test_views_show_nothing_clipped_and_no_word_is_missing(
    sign_in, pictures, sound, look
):
    width, theme, language = look
    page = sign_in(width=width, color_scheme=theme, locale=language, bypass_csp=True)
    for view in VIEWS:
        page.goto(re.sub(r"#.*", f"#{view}", page.url))
        page.wait_for_selector(f'nav a[href="#{view}"][aria-current="page"]')
        page.wait_for_selector("main h1")
        sound(page)
        page.screenshot(path=pictures / f"{view}_{width}_{theme}_{language}.png")


def test_operation_is_dragged_locked_kept_and_taken_back(sign_in, pictures, sound):
    page = sign_in("schedule", bypass_csp=True)
    made_schedule(page)
    x, y = pointed_at(page)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=4)
    expect(page.locator(".tip")).to_contain_text("would move")
    page.screenshot(path=pictures / "schedule_dragged.png")
    page.mouse.up()
    expect(page.locator(".said")).to_have_text(
        "confirmed by the service", timeout=WAIT_MS
    )
    chosen = page.locator(".chosen").inner_text()
    tools = page.locator("main .tools").first
    tools.get_by_role("button", name="Lock", exact=True).click()
    expect(tools.get_by_role("button", name="Unlock", exact=True)).to_be_enabled()
    sound(page)
    tools.get_by_role("button", name="Undo").click()
    tools.get_by_role("button", name="Undo").click()
    expect(page.locator(".said")).to_have_text("as it was made")
    assert page.locator(".chosen").inner_text() != chosen
    tools.get_by_role("button", name="Redo").click()
    expect(page.locator(".chosen")).to_have_text(chosen)
    tools.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Schedule around what is locked").click()
    page.wait_for_selector(".job")
    page.wait_for_selector(".job", state="detached", timeout=WAIT_MS)
    rows = page.locator("main tbody tr")
    job, name, *_ = chosen.replace(":", ",").split(", ")
    kept = rows.filter(has_text=job).filter(has_text=name).first
    start = re.search(r": [^,]+, (.*) to ", chosen)
    assert start is not None
    expect(kept).to_contain_text(start.group(1))


def test_operation_is_moved_by_keys(sign_in):
    page = sign_in("schedule")
    made_schedule(page)
    page.get_by_role("button", name=re.compile("^Choose P7 ")).last.click()
    expect(page.locator("canvas.gantt")).to_be_focused()
    before = page.locator(".chosen").inner_text()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".said")).to_have_text(
        "confirmed by the service", timeout=WAIT_MS
    )
    assert page.locator(".chosen").inner_text() != before
    page.keyboard.press("Control+z")
    expect(page.locator(".chosen")).to_have_text(before)
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".said")).to_have_text("taken back: it is locked")


def test_move_that_the_service_did_not_hear_of_is_checked_again(sign_in):
    page = sign_in("schedule")
    made_schedule(page)
    again = page.get_by_role("button", name="Check again")
    expect(again).to_be_disabled()
    page.get_by_role("button", name=re.compile("^Choose P7 ")).last.click()
    page.evaluate(
        "() => { window.heard = window.fetch;"
        " window.fetch = () => Promise.reject(new TypeError('cut off')); }"
    )
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".said")).to_have_text("not confirmed: cut off")
    page.get_by_role("button", name="Schedule around what is locked").click()
    expect(page.locator(".said")).to_have_text("not confirmed: cut off")
    expect(page.locator(".job")).to_have_count(0)
    page.evaluate("() => { window.fetch = window.heard; }")
    again.click()
    expect(page.locator(".said")).to_have_text(
        "confirmed by the service", timeout=WAIT_MS
    )
    expect(again).to_be_disabled()


def test_language_and_theme_are_chosen_and_kept(sign_in):
    page = sign_in("stock")
    page.get_by_label("Language").select_option("zh")
    expect(page.get_by_role("heading", level=1)).to_have_text("库存")
    page.locator(".settings select").nth(1).select_option("dark")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("库存")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(15, 24, 27)"


def test_state_of_any_moment_is_shown(sign_in):
    page = sign_in("tower")
    slider = page.get_by_label("Moment")
    end = slider.get_attribute("max")
    assert end is not None
    # Before the last of what was told at the beginning, and one event after it.
    then = str(int(end) - 4)
    slider.fill(then)
    expect(page.locator(".slider output")).to_have_text(
        re.compile(rf"offset {then}, Jan 5")
    )
    for view in ("stock", "machines", "tower"):
        with page.expect_response(lambda one: f"at={then}" in one.url):
            page.get_by_role("link", name=view.capitalize(), exact=True).click()
        page.wait_for_selector("main h1")
    slider.fill(end)
    expect(page.locator(".slider output")).to_have_text("now")
    expect(slider).to_have_attribute("aria-valuetext", "now")


def test_slider_goes_over_time_where_events_are_in_several_partitions(sign_in):
    def split(route):
        answer = route.fetch()
        told = answer.json()
        (n_events,) = told["position"].values()
        told["position"] = {"orders-0": n_events - 9, "orders-1": 9}
        route.fulfill(response=answer, json=told)

    page = sign_in("tower")
    page.route("**/v1/streams", split)
    page.reload()
    slider = page.get_by_label("Moment")
    begin, end = (int(slider.get_attribute(one)) for one in ("min", "max"))
    assert begin == 1_767_571_200 <= end
    page.evaluate(
        "(range) => { range.max = Number(range.max) + 7200; }", slider.element_handle()
    )
    with page.expect_response(
        lambda one: "overview?at=2026-01-05T01" in one.url
    ) as got:
        slider.fill(str(begin + 3600))
    assert got.value.ok
    output = page.locator(".slider output")
    expect(output).to_have_text(re.compile("Jan 5, 2026"))
    expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
    for key, moved in (("ArrowLeft", begin), ("ArrowRight", begin + 3600)):
        slider.press(key)
        expect(slider).to_have_value(str(moved))
        expect(slider).to_have_attribute("aria-valuetext", output.inner_text())
    expect(page.locator(".tile").first).to_be_visible()


def test_late_order_is_shown(sign_in):
    page = sign_in("tower")
    expect(page.locator("main")).to_contain_text("order late")


@pytest.fixture(scope="session")
def local_key(live):
    """A key for one site."""
    asked = {"name": "local", "scopes": ["read", "plan"], "sites": ["dc_west"]}
    head = {"authorization": f"Bearer {live.key}"}
    made = httpx.post(f"{live.url}/v1/keys", json=asked, headers=head)
    assert made.is_success, made.text
    return made.json()["key"]


@pytest.mark.parametrize(
    ("view", "stays"),
    [
        ("machines", "h2"), ("futures", "#replications"), ("plans", "#reviews"),
        ("streams", ".tiles"),
    ],
)  # fmt: skip
def test_key_of_one_site_is_told_what_is_not_for_it(sign_in, local_key, view, stays):
    page = sign_in(view, key=local_key)
    expect(page.locator("main")).to_contain_text("This needs a key for all sites.")
    expect(page.locator(f"main {stays}").first).to_be_visible()


def test_key_of_one_site_sees_its_stock(sign_in, local_key, planned):
    page = sign_in("stock/shampoo_mild/dc_west", key=local_key)
    expect(page.locator("svg.fan .middle")).to_be_attached()
    expect(page.locator(".problem")).to_have_count(0)


# Two answers of a service that compiles; the browser would tell of them in its console.
NOT_YET = """() => {
  const asked = window.fetch; let left = 2;
  const body = { type: "https://millstream.invalid/problems/compiling", detail: "no" };
  const answer = { status: 503, headers: { "Retry-After": "1" } };
  window.fetch = (path, given) => path.includes("/overview") && left-- > 0
    ? Promise.resolve(new Response(JSON.stringify(body), answer)) : asked(path, given);
}"""


def test_view_is_drawn_once_the_service_can(sign_in):
    page = sign_in("streams")
    page.evaluate(NOT_YET)
    page.get_by_role("link", name="Tower").click()
    waiting = "The service is getting ready; this page waits for it."
    expect(page.locator("main .problem")).to_have_text(waiting)
    page.wait_for_selector("main .tile")


def test_what_cannot_be_drawn_again_is_told(sign_in, live):
    page = sign_in("tower")
    page.wait_for_selector("main .tile")
    status = [409]
    page.route(
        "**/v1/overview*",
        lambda route: route.fulfill(status=status[0], json={"detail": "cut off"}),
    )
    head = {"authorization": f"Bearer {live.key}"}
    lines = {**head, "content-type": "application/x-ndjson"}

    def happens(text):
        httpx.post(f"{live.url}/v1/events", content=text, headers=lines)

    happens(b"no event either")
    expect(page.locator("main .problem")).to_contain_text("not of now: cut off")
    status[0] = 401
    happens(b"and none again")
    expect(page.locator("#key")).to_be_visible()


def test_streams_of_which_nothing_was_read_say_so(sign_in, live):
    page = sign_in("tower")
    found = page.request.get(f"{live.url}/v1/streams").json()
    nothing = found | {"read": 0, "position": {}, "dead_letters": {}}
    page.route("**/v1/streams", lambda route: route.fulfill(json=nothing))
    none = {"total": 0, "letters": []}
    page.route("**/v1/deadletters?*", lambda route: route.fulfill(json=none))
    page.get_by_role("link", name="Streams").click()
    expect(page.locator("main")).to_contain_text("Nothing was read yet.")
    expect(page.locator("main")).not_to_contain_text("Every record could be used.")
    head = {"authorization": f"Bearer {live.key}"}
    lines = {**head, "content-type": "application/x-ndjson"}
    httpx.post(f"{live.url}/v1/events", content=b"no event", headers=lines)
    expect(page.locator("main")).to_contain_text("Every record could be used.")
