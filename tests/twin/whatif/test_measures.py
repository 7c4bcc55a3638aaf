from twin.kpi import KPI_DEFINITIONS
from twin.whatif.measures import HEADLINE_MEASURES, HEADLINES, MEASURES, RESULT


def test_every_measure_is_told_by_a_future_and_stands_once(base, compared):
    known = compared(base, n=2, days=2).replications.values["base"]
    keys = [measure.key for measure in MEASURES]
    assert set(keys) <= set(known)
    assert len(set(keys)) == len(keys)
    assert set(keys) == {RESULT.key, *KPI_DEFINITIONS}


def test_headlines_come_first_under_their_names():
    assert MEASURES[: len(HEADLINE_MEASURES)] == HEADLINE_MEASURES
    names = {measure.key: measure.name for measure in HEADLINE_MEASURES}
    assert names == {RESULT.key: RESULT.name} | HEADLINES


def test_units_are_those_people_read():
    by_key = {measure.key: measure for measure in MEASURES}
    lead, fill, bullwhip = (
        by_key[key] for key in ("order_lead_time_p95_s", "fill_rate", "bullwhip")
    )
    assert (lead.unit, lead.factor * 7200) == ("h", 2.0)
    assert (fill.unit, fill.factor) == ("%", 100.0)
    assert (bullwhip.unit, bullwhip.factor) == ("", 1.0)


def test_spending_less_is_no_merit_by_itself():
    better = {measure.key: measure.better for measure in MEASURES}
    assert better["purchase_cost"] == better["profit"] == "neither"
    assert (better["shortage_cost"], better["fill_rate"]) == ("low", "high")
    assert better["orders_due"] == "neither"


def test_notes_stand_alone():
    notes = {measure.key: measure.note for measure in MEASURES}
    assert notes["order_lead_time_p95_s"] == (
        "Time from order to delivery in full, of lines in full in the window: "
        "95 % quantile."
    )
    assert not [key for key, note in notes.items() if note.startswith("The same")]
