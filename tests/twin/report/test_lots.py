"""The page of lot sizes."""

from twin.report import skeleton
from twin.report.lots import ITEMS_MAX, ItemLots, Load, LotsData, render


def _data(n_items=1):
    return LotsData(
        title="Lots of <a>",
        subtitle="optimal",
        periods=("mon", "tue"),
        items=[
            ItemLots(
                name=f"pump {at}", demand=[1.0, 2.0], lots=[3.0, 0.0], stock=[2.0, 0.0]
            )
            for at in range(n_items)
        ],
        loads=[Load(name="saw", used=[3.0, 0.0], capacity=[4.0, 4.0])],
        history=[(0.1, 9.0, 1.0), (0.2, 8.0, 2.0)],
    )


def test_page_shows_items_capacity_and_search():
    page = render(_data())
    assert "Lots of &lt;a&gt;" in page
    assert "pump 0" in page
    assert "Load of saw." in page
    assert 'id="search"' in page


def test_page_says_what_is_not_drawn_and_what_is_not_there(tmp_path):
    assert "2 more are not drawn." in render(_data(ITEMS_MAX + 2))
    path = tmp_path / "deep" / "lots.html"
    skeleton.write(render(LotsData(title="none")), path)
    text = path.read_text()
    assert "There is no plan." in text
    assert "Nothing limits production." in text
