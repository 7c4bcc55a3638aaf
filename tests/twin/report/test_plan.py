"""The page of a plan."""

from twin.report import ReportData
from twin.report.lanes import Flow, Place
from twin.report.plan import PlanPage, render_plan, write_plan_page


def test_empty_plan_says_so():
    page = render_plan(PlanPage(ReportData(title="Nothing <yet>")))
    assert "Nothing &lt;yet&gt;" in page
    assert page.count("There is nothing to draw.") == 5
    assert "All demand is served at once." in page


def test_map_is_drawn_and_the_page_repeats(tmp_path):
    places = (Place("a", "plant", 1.0, 2.0), Place("b", "store", 3.0, 4.0))
    page = PlanPage(
        ReportData(title="Plan"), places, (Flow("a", "b", "transport", 1.0, 2.0),)
    )
    write_plan_page(page, tmp_path / "plan.html")
    text = (tmp_path / "plan.html").read_text()
    assert text == render_plan(page)
    assert text.count("There is nothing to draw.") == 4
    assert [path.name for path in tmp_path.iterdir()] == ["plan.html"]
