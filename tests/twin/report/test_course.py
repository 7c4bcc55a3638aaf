import json
import re

from twin.report.course import course_sections


def drawn(sections):
    (section,) = sections
    data = re.search(r'data-chart="chart-search">(.*?)</script>', section.body)
    return json.loads(data.group(1))


def test_search_with_one_plan_has_no_course():
    assert course_sections([(0.5, 9.0, 4.0)], "How.") == []


def test_best_plan_and_bound_are_drawn_over_time():
    chart = drawn(course_sections([(0.5, 9.0, 4.0), (2.0, 8.0, 7.0)], "How."))
    best, bound = chart["data"]
    assert (best["name"], best["x"], best["y"]) == ("objective", [0.5, 2.0], [9.0, 8.0])
    assert (bound["name"], bound["y"]) == ("bound", [4.0, 7.0])
    assert chart["layout"]["yaxis"]["rangemode"] == "normal"


def test_method_without_a_bound_has_one_line():
    chart = drawn(course_sections([(0.5, 9.0), (2.0, 8.0)], "How.", height_px=240))
    assert [line["name"] for line in chart["data"]] == ["objective"]
    assert chart["layout"]["height"] == 240


def test_axis_of_values_may_begin_at_zero():
    found = course_sections([(0.5, 9.0), (2.0, 8.0)], "How.", from_zero=True)
    assert "rangemode" not in drawn(found)["layout"].get("yaxis", {})
