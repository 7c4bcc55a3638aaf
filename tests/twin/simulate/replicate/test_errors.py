from twin.errors import TwinError
from twin.simulate.replicate import ReplicationError


def test_error_names_what_runs_it_again():
    error = ReplicationError("night shift", 3, seed=77, reason="ValueError: no stock")
    assert isinstance(error, TwinError)
    assert (error.scenario, error.replication, error.seed) == ("night shift", 3, 77)
    assert str(error) == (
        "scenario 'night shift', replication 3 (seed 77): ValueError: no stock"
    )
