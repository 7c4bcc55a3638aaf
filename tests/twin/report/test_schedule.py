"""The page of a schedule."""

import json
import re

from twin.report import skeleton
from twin.report.schedule import (
    BARS_MAX,
    ROWS_MAX,
    Bar,
    Calendar,
    Gap,
    Pause,
    ScheduleData,
    render,
)


def data(n_bars=3, **more):
    bars = [
        Bar(
            job=f"job <{k}>", operation="cut", row=f"saw {k % 2}", start=10 * k,
            end=10 * k + 8, late=k == 1, setup=2 if k == 2 else 0,
        )
        for k in range(n_bars)
    ]  # fmt: skip
    given = {
        "rows": ["saw 0", "saw 1"], "bars": bars,
        "gaps": [Gap(row="saw 0", start=8, end=12)],
        "history": [(0.1, 30.0, 10.0), (0.5, 28.0, 20.0)],
        "late": [("job <1>", 15, 18, 3)],
    }  # fmt: skip
    return ScheduleData(title="Schedule of a & b", **(given | more))


def chart_of(page, name):
    found = re.search(rf'data-chart="chart-{name}">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])


def test_bars_setups_and_closed_time_are_drawn(tmp_path):
    path = tmp_path / "out" / "schedule.html"
    skeleton.write(render(data()), path)
    page = path.read_text(encoding="utf-8")
    assert "Schedule of a &amp; b" in page
    assert "job &lt;1&gt;" in page
    closed, setups, bars = chart_of(page, "schedule")["data"]
    assert closed["base"] == [8]
    assert setups["base"] == [18]
    assert bars["base"] == [0, 10, 20]
    assert len(set(bars["marker"]["color"])) == 3
    assert [width > 1 for width in bars["marker"]["line"]["width"]] == [
        False,
        True,
        False,
    ]
    assert [line["name"] for line in chart_of(page, "search")["data"]] == [
        "objective", "bound",
    ]  # fmt: skip


def test_rows_that_are_no_machine_are_drawn_too():
    page = render(data(rows=["saw 0"], late=(), history=(), gaps=()))
    bars = chart_of(page, "schedule")["data"][-1]
    assert bars["y"] == [0, 1, 0]
    many = render(data(rows=[f"idle {k}" for k in range(ROWS_MAX + 1)], late=()))
    assert len(chart_of(many, "schedule")["data"][-1]["y"]) == 3


def test_setups_are_drawn_around_closed_time():
    # Of 10 ticks, 3 are in 30..33 and 7 in 20..27, behind the other window.
    bar = Bar(job="a", operation="cut", row="saw 0", start=33, end=40, setup=10)
    gaps = [Gap(row="saw 0", start=27, end=30), Gap(row="saw 0", start=10, end=15)]
    page = render(data(bars=[bar], gaps=gaps, late=(), history=()))
    setups = chart_of(page, "schedule")["data"][1]
    assert (setups["base"], setups["x"]) == ([20], [13])


def test_what_is_not_drawn_is_counted():
    page = render(data(BARS_MAX + 5, gaps=(), late=(), history=()))
    assert f"5 of {BARS_MAX + 5:,} operations are not drawn" in page
    assert 'id="late"' not in page


def test_page_explains_what_it_shows_and_nothing_else():
    page, plain = render(data()), render(data(1, gaps=(), late=(), history=()))
    for sentence in ("Late jobs are", "Setups are", "Hatched spans are"):
        assert sentence in page
        assert sentence not in plain
    assert "Times are ticks" in page
    assert "All times are UTC" not in page


def test_no_schedule_is_said():
    assert "There is no schedule" in render(data(0, late=(), history=(), gaps=()))


def test_times_of_the_world_are_shown_in_their_zone():
    calendar = Calendar(at_us=0, tick_us=60_000_000, time_zone="Europe/Berlin")
    page = render(data(calendar=calendar, notes=["room is <unlimited>"]))
    _, _, bars = chart_of(page, "schedule")["data"]
    assert bars["base"][1] == "1970-01-01 01:10:00"
    assert bars["x"][0] == 8 * 60_000
    assert "Thu 1970-01-01 01:18" in page
    assert "Times are those of Europe/Berlin." in page
    assert "room is &lt;unlimited&gt;" in page


def test_what_has_moved_is_dotted_and_says_where_it_was():
    bars = [
        Bar(job="a", operation="cut", row="saw 0", start=0, end=5, was="saw 1 at 7"),
        Bar(job="b", operation="cut", row="saw 1", start=0, end=5),
    ]
    page = render(data(bars=bars, gaps=[]))
    assert "What has moved is dotted." in page
    (drawn,) = chart_of(page, "schedule")["data"]
    pattern = drawn["marker"]["pattern"]
    # The colour of the job stays below the dots.
    assert (pattern["shape"], pattern["fillmode"]) == ([".", ""], "overlay")
    assert "was on saw 1 at 7" in drawn["customdata"][0]
    assert "has moved" not in render(data())


def test_jobs_that_wait_are_pale_and_thin_in_their_colour():
    pauses = [
        Pause(job="job <1>", row="rack", start=18, end=30),
        Pause(job="job <2>", row="saw 0", start=28, end=29),
    ]
    page = render(data(pauses=pauses, gaps=[]))
    drawn = chart_of(page, "schedule")
    _, waits, bars = drawn["data"]
    assert (waits["base"], waits["x"], waits["y"]) == ([18, 28], [12, 1], [2, 0])
    assert waits["marker"]["color"] == bars["marker"]["color"][1:]
    assert waits["width"] < bars["width"]
    assert "job &lt;1&gt; waits, 18 to 30" in waits["hovertemplate"][0]
    assert "jobs that wait, on their machine or in a buffer" in page
    assert "jobs that wait" not in render(data())
