import numpy as np

from benchmarks.workloads.jobs import JOB_US, Jobs, draw


def test_draw_depends_on_counter_stream_and_seed_alone():
    counter = np.arange(1_000)
    drawn = draw(0, 0, counter, 100)
    assert (drawn[500:] == draw(0, 0, counter[500:], 100)).all()
    assert (drawn != draw(0, 1, counter, 100)).mean() > 0.9
    assert (drawn != draw(1, 0, counter, 100)).mean() > 0.9
    assert drawn.min() == 0
    assert drawn.max() == 99
    assert abs(drawn.mean() - 49.5) < 3


def test_jobs_do_not_depend_on_where_drawing_begins():
    whole, part = Jobs.of(0, 100, seed=3), Jobs.of(40, 100, seed=3)
    for name in Jobs.__dataclass_fields__:
        assert getattr(whole, name)[40:].tolist() == getattr(part, name).tolist()
    assert np.diff(whole.start_us).tolist() == [JOB_US] * 99
