import pytest

from twin.report import skeleton
from twin.report.routes import RouteLine, RoutesData, Stop, render


@pytest.fixture
def stop():
    def build(name, x, *, is_depot=False):
        return Stop(
            name=name, is_depot=is_depot, x=x, y=1.0, start=5, departure=7, load="3"
        )

    return build


def data_of(stops, **changes):
    line = RouteLine(name="route 1", stops=stops, distance=12, duration=34)
    return RoutesData(title="Routes of x", routes=[line], **changes)


def test_page_shows_map_table_and_search(stop, tmp_path):
    stops = [stop("D", 0.0, is_depot=True), stop("zebra<b", 4.0)]
    data = data_of([*stops, stops[0]], history=[(0.1, 50.0), (0.4, 40.0)])
    skeleton.write(render(data), tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text()
    wanted = ("Routes of x", "zebra&lt;b", "How the best plan came down")
    # Five megabytes are not for pytest to compare.
    assert all(text in page for text in wanted)
    assert not page.count("zebra<b")


def test_places_that_are_not_known_are_said_to_be(stop):
    assert render(data_of([stop("a", None)] * 2)).count("No places are known.") == 1
    assert render(RoutesData(title="none")).count("There is no plan.") == 1


def test_notes_stand_first(stop):
    page = render(data_of([stop("a", 1.0)] * 2, notes=["take 1 more <van>"]))
    assert page.count("take 1 more &lt;van&gt;") == 1
    assert page.index("take 1 more") < page.index("route 1")
