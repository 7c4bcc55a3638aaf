import dataclasses

import numpy as np

from twin.report.fans import PANELS_MAX, figure, note


def test_fan_has_bands_median_history_and_what_came(data):
    first = [trace for trace in figure(data).data if trace.xaxis == "x"]
    assert [trace.name for trace in first] == [
        "90 % of futures", "50 % of futures", "median", "observed", "what came",
    ]  # fmt: skip
    fan = data.forecasts[0]
    assert first[0].y.tolist() == [*fan.quantiles[0], *fan.quantiles[-1][::-1]]
    assert first[2].y.tolist() == fan.quantiles[2].tolist()
    assert first[3].y.tolist() == fan.history[-56:].tolist()


def test_each_name_stands_once_in_the_legend(data):
    shown = [trace.name for trace in figure(data).data if trace.showlegend]
    assert len(shown) == len(set(shown)) == 5


def test_even_number_of_levels_has_no_middle_line(data, changed):
    fan = data.forecasts[0]
    even = dataclasses.replace(
        fan, levels=fan.levels[[0, 4]], quantiles=fan.quantiles[[0, 4]], actual=None
    )
    names = [trace.name for trace in figure(changed(forecasts=(even,))).data]
    assert names == ["90 % of futures", "observed"]


def test_middle_level_other_than_the_median_is_named(data, changed):
    fan = data.forecasts[0]
    one = dataclasses.replace(fan, levels=np.array([0.9]), quantiles=fan.quantiles[[4]])
    assert figure(changed(forecasts=(one,))).data[0].name == "quantile 0.9"


def test_fan_without_history_is_drawn(data, changed):
    none = np.empty(0)
    fan = dataclasses.replace(
        data.forecasts[0], history=none, history_times_us=none.astype(np.int64)
    )
    assert figure(changed(forecasts=(fan,))) is not None


def test_fan_of_one_time_is_wide_enough_to_be_seen(data, changed):
    fan = data.forecasts[0]
    one = dataclasses.replace(
        fan,
        times_us=fan.times_us[:1],
        quantiles=fan.quantiles[:, :1],
        actual=fan.actual[:1],
    )
    chart = figure(changed(forecasts=(one,)))
    band, came = chart.data[0], chart.data[-1]
    left, right = band.x[:2]
    assert left < came.x[0] < right
    assert right <= chart.layout.xaxis.range[1]
    assert band.y.tolist() == [fan.quantiles[0, 0]] * 2 + [fan.quantiles[4, 0]] * 2


def test_forecasts_that_do_not_fit_are_counted(data, changed):
    many = changed(forecasts=data.forecasts * 4)
    assert len(list(figure(many).select_xaxes())) == PANELS_MAX
    assert note(many) == "3 more forecasts are not shown."
    assert note(data) == ""


def test_no_forecast_gives_no_chart(empty):
    assert figure(empty) is None
