"""How soon a drag is answered: from the pointer's move to the frame that shows it."""

import random
import re

import pytest
from playwright.sync_api import expect

# One process starts the service and fetches axe-core.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("page")]

HOUR = 3_600
DAY = 24 * HOUR
AT_MOST_MS = 100
# Where the machine is busy, pointers that move nothing wait as well: so many times as
# long is what a drag may take there, by how many operations are drawn.
IDLE_TIMES_MAX = {200: 12, 2_000: 30}
N_DRAGS, N_STEPS, N_ROUNDS = 10, 12, 3
NAMES, HEAD, ROW = 130, 26, 30
# Each move of the pointer is timed until the browser has drawn the frame after it, by
# where it goes: a busy browser takes some of them for one.
WATCH = """() => {
    window.took = {};
    window.addEventListener("pointermove", (event) => {
        if (!event.buttons) return;
        requestAnimationFrame(() => {
            const drawn = new MessageChannel();
            drawn.port1.onmessage = () => {
                const at = `${event.clientX} ${event.clientY}`;
                const ms = performance.now() - event.timeStamp;
                window.took[at] = Math.min(ms, window.took[at] ?? Infinity);
            };
            drawn.port2.postMessage(null);
        });
    });
}"""


def opens(time):
    """Return when a machine that is closed from 22 to 6 is open."""
    hour = time % DAY
    return time if 6 * HOUR <= hour < 22 * HOUR else time + (6 * HOUR - hour) % DAY


def ends(start, work):
    now, left = start, work
    while now % DAY + left > 22 * HOUR:
        left -= 22 * HOUR - now % DAY
        now += 32 * HOUR - now % DAY
    return now + left


def placed_jobs(n_operations, n_machines):
    """Jobs of five operations, each as early as it can, two machines for each."""
    draw = random.Random(11)
    free = [0] * n_machines
    rows, arcs, placed = [], [], []
    for number in range(n_operations):
        job, step = divmod(number, 5)
        machine, work = draw.randrange(n_machines), draw.randrange(600, 7_200)
        names = [f"M{machine}", f"M{(machine + 1) % n_machines}"]
        if step:
            arcs.append([number - 1, number])
        ready = placed[-1]["end"] if step else release_of(job)
        start = opens(max(ready, free[machine]))
        free[machine] = ends(start, work)
        about = {"job": f"J{job}", "operation": f"{step}"}
        rows.append({**about, "family": -1, "size": 1, "begun": False,
                     "modes": [[name, work] for name in names]})  # fmt: skip
        end = free[machine]
        placed.append({**about, "machine": names[0], "start": start, "end": end})
    return rows, arcs, placed


def release_of(job):
    """Every third job waits for material."""
    return 0 if job % 3 else (job % 40) * 2 * HOUR


def schedule_of(n_operations):
    """A schedule as the service answers it, with shifts, maintenance and material."""
    n_machines = max(n_operations // 100, 8)
    rows, arcs, placed = placed_jobs(n_operations, n_machines)
    last = max(row["end"] for row in placed)
    names = [f"M{n}" for n in range(n_machines)]
    nights = [(at - 2 * HOUR, at + 6 * HOUR) for at in range(0, last + DAY, DAY)]
    jobs = [
        {"name": f"J{job}", "release": release_of(job), "due": 3 * DAY, "weight": 1,
         "materials": [{"item": "leaf", "order": "L", "from": release_of(job)}]
         if release_of(job) else []}
        for job in range(n_operations // 5)
    ]  # fmt: skip
    machines = [{"name": name, "setup": -1, "family": -1, "batch": 0} for name in names]
    closed = [[name, max(a, 0), b] for name in names for a, b in nights]
    stops = [
        {"machine": name, "start": a, "end": b, "cause": "maintenance"}
        for name in names for a, b in nights[1::3]
    ]  # fmt: skip
    rules = {"machines": machines, "closed": closed, "stops": stops, "jobs": jobs,
             "operations": rows, "arcs": arcs, "setups": []}  # fmt: skip
    return {"at_us": 1_767_571_200_000_000, "tick_s": 1.0, "left_out": [],
            "status": "feasible", "state": "1", "rules": rules,
            "operations": placed}  # fmt: skip


def dragged(page, x, y):
    """Press the pointer and move it in steps, as one who drags does."""
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, N_STEPS + 1):
        page.mouse.move(x + 4 * step + 3, y + 3)


def slow_ms(page):
    """Return what 99 of 100 moves took at most; the least of all rounds for each."""
    page.wait_for_timeout(100)
    took = sorted(page.evaluate("() => Object.values(window.took)"))
    page.evaluate("() => { window.took = {}; }")
    assert len(took) >= 0.9 * N_DRAGS * N_STEPS
    return took[-2]


@pytest.mark.parametrize("n_operations", list(IDLE_TIMES_MAX))
def test_drag_is_answered_at_once_in_99_of_100_moves(sign_in, n_operations):
    found = schedule_of(n_operations)
    page = sign_in("streams")
    job = {"id": "schedule-1", "kind": "schedule", "status": "done"}
    page.route("**/v1/jobs", lambda route: route.fulfill(json=[job]))
    page.route("**/v1/jobs/*/result", lambda route: route.fulfill(json=found))
    page.goto(re.sub(r"#.*", "#schedule", page.url))
    page.set_viewport_size({"width": 1440, "height": 1300})
    page.wait_for_selector("canvas.gantt")
    box = page.locator("canvas.gantt").bounding_box()
    last = max(row["end"] for row in found["operations"])
    per_pixel = last * 1.03 / (box["width"] - 2 - NAMES)
    page.evaluate(WATCH)
    head = page.locator("main h1").bounding_box()
    for _ in range(N_ROUNDS):
        for drag in range(N_DRAGS):
            dragged(page, 900 + 5 * drag, head["y"] + drag)
            page.mouse.up()
    idle_ms = slow_ms(page)
    for _ in range(N_ROUNDS):
        for one in found["operations"][: n_operations // 2 : n_operations // 20]:
            x = box["x"] + 1 + NAMES + (one["start"] + 300) / per_pixel
            row = int(one["machine"][1:])
            dragged(page, x, box["y"] + 1 + HEAD + ROW * row + ROW / 2)
            expect(page.locator(".tip")).to_be_visible()
            page.locator("canvas.gantt").dispatch_event("pointercancel")
            page.mouse.up()
    assert slow_ms(page) <= max(AT_MOST_MS, IDLE_TIMES_MAX[n_operations] * idle_ms)
