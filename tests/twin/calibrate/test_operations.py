import numpy as np
import pytest


def test_duration_is_net_of_setup_and_stops_per_piece_at_speed_one(log):
    log.state(0, "F1", "idle")
    log.released(0, "o1")
    log.state(20, "F1", "down")
    log.state(50, "F1", "busy")
    log.work("o1", "fill", "F1", 10, 240, good=3.0, scrap=1.0)
    sample = log.read()[0]["routings tea * 1 duration_s"]
    # 230 s less 30 down less 100 of set-up, over 4 pieces at speed 2.
    assert sample.lifetimes.duration.tolist() == pytest.approx([50.0])
    assert sample.quantity.tolist() == [2.0]
    assert sample.fixed_s == 100.0


def test_operation_that_goes_on_is_censored_at_the_end_of_the_window(log):
    log.released(0, "o1")
    log.work("o1", "pack", "K1", 10)
    log.work("o2", "pack", "K1", 20, 500)
    sample = log.read(end=100)[0]["routings tea * 2 duration_s"]
    assert sample.lifetimes.is_observed.tolist() == [False, False]
    assert sample.lifetimes.duration.tolist() == pytest.approx([90 / 4, 80 / 4])


def test_censored_before_its_setup_was_over_says_nothing(log):
    log.released(0, "o1")
    log.work("o1", "fill", "F1", 10)
    sample = log.read(end=60)[0]["routings tea * 1 duration_s"]
    assert sample.lifetimes.n == 0


def test_second_visit_of_an_operation_belongs_to_its_second_step(log):
    log.released(0, "o1")
    log.work("o1", "fill", "F1", 10, 210)
    log.work("o1", "fill", "F2", 300, 340)
    found, _ = log.read()
    first = found["routings tea * 1 duration_s"].lifetimes
    third = found["routings tea * 3 duration_s"].lifetimes
    assert first.duration.tolist() == pytest.approx([50.0])
    assert third.duration.tolist() == pytest.approx([10.0])


def test_yield_counts_pieces_and_the_last_step_leaves_the_site_its_share(log):
    log.released(0, "o1")
    log.work("o1", "fill", "F1", 10, 300, good=3.0, scrap=1.0)
    log.work("o1", "fill", "F2", 300, 340, good=2.0, scrap=0.0, rework=1.0)
    found, _ = log.read()
    first = found["routings tea * 1 yield_rate"]
    last = found["routings tea * 3 yield_rate"]
    rework = found["routings tea * 3 rework_rate"]
    assert (first.good.tolist(), first.total.tolist()) == ([3.0], [4.0])
    assert (last.good.tolist(), last.total.tolist(), last.scale) == ([2.0], [2.0], 0.9)
    assert (rework.good.tolist(), rework.total.tolist()) == ([1.0], [3.0])
    assert first.scale == 1.0


def test_window_takes_what_began_in_it(log):
    log.released(0, "o1")
    for k in range(4):
        log.work(f"o{k}", "pack", "K1", 100 * k, 100 * k + 40)
    sample = log.read(start=150)[0]["routings tea * 2 duration_s"]
    assert sample.lifetimes.n == 2


def test_operation_of_no_routing_is_counted(log):
    log.released(0, "o1")
    log.work("o1", "glue", "K1", 0, 10)
    log.work("o1", "pack", "F1", 10, 20)  # a machine of another group
    found, left_out = log.read()
    assert left_out["operations of no routing of the network"] == 2
    assert not [name for name in found if name.startswith("routings")]


def test_operation_of_next_to_no_pieces_is_left_out(log):
    for k in range(5):
        log.work(f"o{k}", "pack", "K1", 100 * k, 100 * k + 40)
    second, event = log.timed[4]  # the third start
    changed = {name: getattr(event, name) for name in event.__struct_fields__}
    log.timed[4] = (second, type(event)(**changed | {"quantity": 1e-60}))
    lives = log.read()[0]["routings tea * 2 duration_s"].lifetimes
    assert lives.n == 4
    assert np.allclose(lives.duration, 10.0)
