"""The page of two plans."""

from twin.cli.diff_page import write_diff_page
from twin.diff import CustomerChange, MoneyChange, PlanDiff, stability_of
from twin.diff.customers import Served
from twin.explain.causes import Cause, Causes
from twin.explain.differences import Difference
from twin.said import Said

DAY_US = 86_400_000_000


def test_page_shows_what_moved_and_why(tmp_path):
    ends = [Served("C7", 5.0, 5.0, day * DAY_US) for day in (1, 3)]
    change = CustomerChange("M", "tea<", "P", 0, *ends)
    money = MoneyChange("sales", 5.0, 7.0)
    stability = stability_of((), ())
    found = PlanDiff(0, 5 * DAY_US, (), (), (change,), (money,), stability)
    slow = Difference("network", Said("lanes: buy"), "lanes", ("buy",))
    causes = Causes((Cause(change, (slow,), is_whole=True),), 1, 1)
    path = tmp_path / "diff.html"
    write_diff_page(found, causes, path, names=("monday", "tuesday"))
    text = path.read_text()
    assert "monday and tuesday" in text
    assert "the network changed, lanes: buy" in text
    assert "tea&lt;" in text
    assert "1970-01-04T00:00:00Z" in text
    write_diff_page(found, None, path, names=("monday", "tuesday"))
    assert "the network changed" not in path.read_text()
