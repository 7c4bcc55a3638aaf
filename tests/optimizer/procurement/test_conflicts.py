from dataclasses import replace

from optimizer.procurement.conflicts import explain_conflict


def test_a_planted_conflict_is_found_and_priced(bolt):
    far, near = bolt.offers
    problem = replace(
        bolt,
        offers=(far, replace(near, capacity=(1.0, 9.0, 9.0))),
        suppliers=(bolt.suppliers[0], replace(bolt.suppliers[1], capacity=(99.0,) * 3)),
    )
    found = explain_conflict(problem, seconds=20.0, monotonic_s=lambda: 0.0)
    assert found.verified
    assert set(found.rules) == {
        "capacity of near for bolt",
        "far takes 1 periods for bolt",
        "nothing of bolt may be missing",
    }
    assert found.repairs[0].startswith("without 'far takes 1 periods for bolt' a plan")
    assert any("units of bolt are missing" in text for text in found.repairs)
