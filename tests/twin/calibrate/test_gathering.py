from collections import Counter

from twin.calibrate import Window, samples_of

START_US = 1_704_067_200_000_000


def test_window_without_ends_is_that_of_the_log(log, shop):
    log.state(0, "F1", "idle")
    log.state(70, "F1", "down")
    _, window, left_out = samples_of(shop, [log.batch()])
    assert window == Window(START_US, START_US + 70_000_000)
    assert left_out == Counter()


def test_what_comes_after_the_end_has_not_happened(log):
    log.state(0, "F1", "idle")
    log.state(50, "F1", "down")
    log.state(80, "F1", "idle")
    early = log.read(end=40)[0]["machines F1 mttf_s"].lifetimes
    late = log.read(end=60)[0]["machines F1 mttf_s"].lifetimes
    assert (early.n_observed, late.n_observed) == (0, 1)


def test_batches_may_have_tables_of_names_of_their_own(log, shop):
    log.state(0, "F1", "idle")
    log.state(50, "F1", "down")
    whole = log.batch()
    again = log.batch()
    parts = [whole.take(slice(0, 1)), again.take(slice(1, 2))]
    found, _, _ = samples_of(shop, parts, end_us=START_US + 90_000_000)
    expected, _, _ = samples_of(shop, [whole], end_us=START_US + 90_000_000)
    told = [
        [(one.name, one.lifetimes.duration.tolist()) for one in samples]
        for samples in (found, expected)
    ]
    assert told[0] == told[1]
