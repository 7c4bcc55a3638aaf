import re

from twin.report import skeleton
from twin.report.layout import single

EVIL = "</script><b>"


def test_page_has_its_parts_in_order_and_escapes_names():
    sections = [skeleton.Section(name, name.title(), "<p>x</p>") for name in "ab"]
    head = skeleton.origin({EVIL: EVIL})
    page = skeleton.page(EVIL, EVIL, sections, head=head, tiles="<ul></ul>")
    assert re.findall(r'<section id="(\w)"', page) == ["a", "b"]
    assert re.findall(r'<a href="#(\w)">', page) == ["a", "b"]
    assert EVIL not in page
    assert page.index("<ul></ul>") < page.index('<section id="a"')


def test_nothing_is_known_of_an_origin_without_terms():
    assert skeleton.origin({}) == ""


def test_chart_cannot_end_the_script_that_holds_it():
    figure = single(height_px=120)
    figure.update_layout(title_text=EVIL)
    written = skeleton.chart("x", "A chart", figure, note="Read it so.")
    assert written.count("</script>") == 1
    assert 'id="chart-x"' in written
    assert 'data-chart="chart-x"' in written
    assert "Read it so." in written
    assert "note" not in skeleton.chart("x", "A chart", figure)
