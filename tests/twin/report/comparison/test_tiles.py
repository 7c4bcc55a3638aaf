import dataclasses
import math
import re

from twin.report.comparison.tiles import BRANCHES_MAX, TILES_MAX, tiles


def test_tiles_show_differences_of_the_first_branches(data):
    text = tiles(data)
    assert text.count('<li class="tile">') == len(data.measures)
    assert text.count('class="gain-row') == BRANCHES_MAX * len(data.measures)
    assert "1 more branches below" in text
    assert "base: 80,000 ± 3,200\xa0EUR" in text


def test_interval_is_drawn_to_scale_with_zero_in_the_middle(data):
    first = re.search(r"<svg.*?</svg>", tiles(data))[0]
    zero, low, high = (
        float(re.search(pattern, first)[1])
        for pattern in (
            r'zero" x1="([\d.]+)',
            r'reach" x1="([\d.]+)',
            r'x2="([\d.]+)" y1="6"',
        )
    )
    # Better by 0.1 +- 0.02, beside a worst of -0.25 at the end of the scale.
    middle = (low + high) / 2 - zero
    assert abs((high - low) / 2 / middle - 0.2) < 0.01
    assert 0.38 < middle / (zero - 8.0) < 0.42


def test_unknown_difference_has_no_interval(data, changed):
    unknown = [
        dataclasses.replace(one, difference=math.nan) if one.verdict else one
        for one in data.measures[0].estimates
    ]
    measure = dataclasses.replace(data.measures[0], estimates=tuple(unknown))
    assert "<svg" not in tiles(changed(measures=(measure,)))


def test_only_the_first_measures_are_tiles(data, changed):
    text = tiles(changed(measures=data.measures[:1] * 9))
    assert text.count('<li class="tile">') == TILES_MAX


def test_nothing_measured_is_no_tile(alone):
    assert tiles(alone) == ""
