import msgspec
import pytest

from optimizer import ProblemError
from optimizer.documents import named


def test_what_is_wrong_is_told_with_the_name_of_the_document():
    wrong = pytest.raises(ProblemError, match=r"^a\.json: items must")
    with wrong as told, named("a.json"):
        raise ProblemError("items must not be empty")
    assert str(told.value.__cause__) == "items must not be empty"


def test_document_that_cannot_be_decoded_is_a_wrong_problem():
    with (
        pytest.raises(ProblemError, match=r"^a\.json: Expected `int`"),
        named("a.json"),
    ):
        msgspec.json.decode('"x"', type=int)


def test_faults_of_ours_keep_their_kind():
    with pytest.raises(KeyError), named("a.json"):
        {}["x"]


def test_what_is_right_goes_through():
    with named("a.json"):
        found = msgspec.json.decode("3", type=int)
    assert found == 3
