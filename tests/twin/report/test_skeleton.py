import re
from pathlib import Path

import pytest

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


def test_page_says_what_its_times_are_where_there_are_any():
    timed = skeleton.page("a", "", [], head="", tiles="")
    assert "<p>All times are UTC. The page is complete" in timed
    untimed = skeleton.page("a", "", [], head="", tiles="", times="")
    assert "<p>The page is complete" in untimed


def test_nothing_is_known_of_an_origin_without_terms():
    assert skeleton.origin({}) == ""


def test_sentences_are_listed_one_by_one():
    told = skeleton.listed(["a < b", "c"])
    assert told == "<ul><li>a &lt; b</li><li>c</li></ul>"


def test_chart_cannot_end_the_script_that_holds_it():
    figure = single(height_px=120)
    figure.update_layout(title_text=EVIL)
    written = skeleton.chart("x", "A chart", figure, note="Read it so.")
    assert written.count("</script>") == 1
    assert 'id="chart-x"' in written
    assert 'data-chart="chart-x"' in written
    assert "Read it so." in written
    assert "note" not in skeleton.chart("x", "A chart", figure)


def test_page_is_written_with_its_folder(tmp_path):
    page = tmp_path / "new" / "page.html"
    skeleton.write("<p>one</p>", page)
    skeleton.write("<p>two</p>", page)
    assert page.read_text(encoding="utf-8") == "<p>two</p>"
    assert list(page.parent.iterdir()) == [page]


def test_page_that_cannot_be_completed_leaves_the_one_before(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    skeleton.write("<p>one</p>", page)

    def full(path, text, encoding):
        path.write_bytes(text[:4].encode(encoding))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        skeleton.write("<p>two</p>", page)
    assert page.read_bytes() == b"<p>one</p>"
    assert list(tmp_path.iterdir()) == [page]


def test_link_to_a_page_stays_a_link(tmp_path):
    page, link = tmp_path / "page.html", tmp_path / "link.html"
    skeleton.write("<p>one</p>", page)
    link.symlink_to(page)
    skeleton.write("<p>two</p>", link)
    assert link.is_symlink()
    assert page.read_text(encoding="utf-8") == "<p>two</p>"


def test_device_is_written_to_as_it_is():
    skeleton.write("<p>one</p>", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_no_page_writes_its_file_itself():
    modules = Path(skeleton.__file__).parent.rglob("*.py")
    writing = [one.name for one in modules if "write_text(" in one.read_text("utf-8")]
    assert writing == ["skeleton.py"]
