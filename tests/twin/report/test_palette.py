import pytest

from twin.report.palette import DARK, LIGHT, pairs, tint


def luminance(colour):
    """Relative luminance of WCAG 2."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]  # fmt: skip  # noqa: E501
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_pages_have_a_colour_for_every_meaning():
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)
    assert len(set(DARK.values())) == len(DARK)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("meaning", ["ink", "muted"])
def test_text_can_be_read_on_the_page(colours, meaning):
    assert contrast(colours[meaning], colours["surface"]) >= 4.5


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("meaning", ["stock", "service", "shortage", "forecast"])
def test_line_stands_out_from_the_page(colours, meaning):
    assert contrast(colours[meaning], colours["surface"]) >= 3


def test_tint_and_its_replacement_begin_alike():
    begin = tint("shortage", 0.5).rsplit(",", 1)[0]
    assert pairs()[begin].startswith("rgba(")
    assert pairs()[LIGHT["shortage"]] == DARK["shortage"]
