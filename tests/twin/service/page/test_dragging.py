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
NAMES, HEAD, ROW = 130, 26, 30
# Each move of the pointer is timed until the browser has drawn the frame after it.
WATCH = """() => {
    window.took = [];
    window.addEventListener("pointermove", (event) => {
        if (!event.buttons) return;
        requestAnimationFrame(() => {
            const drawn = new MessageChannel();
            drawn.port1.onmessage = () =>
                window.took.push(performance.now() - event.timeStamp);
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


@pytest.mark.parametrize("n_operations", [200, 2_000])
def test_drag_is_answered_within_100_ms_in_99_of_100_moves(sign_in, n_operations):
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
    rounds = []
    for _ in range(3):
        page.evaluate("() => { window.took = []; }")
        for one in found["operations"][: n_operations // 2 : n_operations // 20]:
            x = box["x"] + 1 + NAMES + (one["start"] + 300) / per_pixel
            row = int(one["machine"][1:])
            page.mouse.move(x, box["y"] + 1 + HEAD + ROW * row + ROW / 2)
            page.mouse.down()
            for step in range(1, 13):
                page.mouse.move(x + 4 * step + 3, box["y"] + HEAD + ROW * row + 18)
            expect(page.locator(".tip")).to_be_visible()
            page.locator("canvas.gantt").dispatch_event("pointercancel")
            page.mouse.up()
        page.wait_for_timeout(100)
        rounds.append(page.evaluate("() => window.took"))
    assert {len(took) for took in rounds} == {120}
    least = sorted(map(min, *rounds))
    assert least[118] <= AT_MOST_MS
