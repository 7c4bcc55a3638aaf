import pytest

from twin.cli.progress import ReplayBar, told_of


class Shown:
    """What of a replay is shown."""

    def __init__(self, watermark_us):
        self.watermark_us = watermark_us

    def rate_per_s(self):
        return 12_345.6

    def lag(self):
        return {"log/0": 4, "log/1": 3}


@pytest.mark.parametrize(
    ("watermark_us", "watermark"), [(None, "-"), (1_000_000, "1970-01-01T00:00:01Z")]
)
def test_rate_lag_and_watermark_are_told(watermark_us, watermark):
    told = told_of(Shown(watermark_us))
    assert told == f"12,346/s  lag 7  watermark {watermark}"


def test_bar_is_silent_in_a_pipe(silent, capsys):
    with ReplayBar(Shown(5), silent) as bar:
        bar.advance(3)
    assert capsys.readouterr() == ("", "")
