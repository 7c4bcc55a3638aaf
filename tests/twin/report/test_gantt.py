from twin.report import GanttBar
from twin.report.formatting import label
from twin.report.gantt import BARS_MAX, ROWS_MAX, figure, note, shown


def bars(n, n_resources, kind="production"):
    return tuple(
        GanttBar(f"M{i % n_resources}", f"J{i}", i * 1000, i * 1000 + 900, kind)
        for i in range(n)
    )


def test_bars_stand_in_the_row_of_their_resource(data):
    chart = figure(data)
    rows = [text.strip() for text in chart.layout.yaxis.ticktext]
    assert rows[0] == "Plant Nord · Mill 1"
    drawn = {
        (rows[y], told.split("</b>")[0][3:], base * 1000, (base + x) * 1000)
        for trace in chart.data
        if trace.text is not None
        for y, told, base, x in zip(
            trace.y, trace.customdata, trace.base, trace.x, strict=True
        )
    }
    shown = {text for trace in chart.data for text in trace.text or () if text}
    assert drawn == {
        (label(b.resource), label(b.label), b.start_us, b.end_us) for b in data.gantt
    }
    assert shown <= {label(b.label) for b in data.gantt}


def test_names_that_do_not_fit_are_left_to_the_pointer(changed):
    day_us = 86_400_000_000
    gantt = (
        GanttBar("lane", "1,234 pump", 0, 50 * day_us, "purchase"),
        GanttBar("lane", "5,678 pump", day_us, 50 * day_us, "purchase"),
    )
    (drawn,) = figure(changed(gantt=gantt)).data
    assert list(drawn.text) == ["", "5,678 pump"]
    assert "1,234 pump" in drawn.customdata[0]


def test_late_bars_are_outlined_and_explained(data):
    chart = figure(data)
    late = [trace for trace in chart.data if trace.marker.line.width > 1]
    assert late[-1].name == "late"
    n_late = sum(bar.late for bar in data.gantt)
    assert sum(len(trace.text or ()) for trace in late) == n_late > 0


def test_kind_stands_once_in_the_legend(data):
    shown = [trace.name for trace in figure(data).data if trace.showlegend is not False]
    assert len(shown) == len(set(shown))


def test_too_many_bars_keep_the_earliest_and_count_the_rest(changed):
    many = changed(gantt=bars(2_000, 10)[::-1])
    assert len(shown(many)) == BARS_MAX
    assert max(bar.start_us for bar in shown(many)) == (BARS_MAX - 1) * 1000
    assert note(many) == "500 of 2,000 activities are not drawn."


def test_too_many_resources_keep_the_busiest(changed):
    many = changed(gantt=bars(200, 60) + bars(5, 1, "down"))
    assert len(figure(many).layout.yaxis.ticktext) == ROWS_MAX
    assert any(bar.kind == "down" for bar in shown(many))
    assert "those of 20 resources among them" in note(many)


def test_names_are_escaped_in_bar_row_and_hover(changed):
    bar = GanttBar("<b>M</b>", "<i>J</i>", 0, 9_000_000, "production")
    text = figure(changed(gantt=(bar,))).to_json()
    assert "<i>J" not in text
    assert "\\u003ci\\u003eJ" not in text
    assert "<b>M" not in text


def test_no_plan_gives_no_chart(empty):
    assert figure(empty) is None
    assert note(empty) == ""
