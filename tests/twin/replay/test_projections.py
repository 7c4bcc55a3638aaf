from streams.names import Names
from twin.replay import PROJECTIONS


def test_state_health_and_model_are_the_projections(two_echelon):
    assert set(PROJECTIONS) == {"state", "health", "model"}
    names, network = Names(), two_echelon()
    made = {name: make(network, names) for name, make in PROJECTIONS.items()}
    digests = {one.digest() for one in made.values()}
    assert len(digests) == len(made), "each is another"
