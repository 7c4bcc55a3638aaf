from twin.whatif.measures import MEASURES


def test_every_measure_is_among_the_totals_of_a_run(base, compared):
    found = compared(base, n=2, days=2)
    known = found.replications.values["base"]
    assert {measure.key for measure in MEASURES} <= set(known)
    assert len({measure.key for measure in MEASURES}) == len(MEASURES)
