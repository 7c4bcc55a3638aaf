import pytest

from optimizer import CheckError, OptimizerError, OptionsError, ProblemError


@pytest.mark.parametrize("error", [OptionsError, ProblemError])
def test_input_errors_are_value_errors(error):
    assert issubclass(error, OptimizerError)
    assert issubclass(error, ValueError)


def test_check_error_is_no_value_error():
    assert issubclass(CheckError, OptimizerError)
    assert not issubclass(CheckError, ValueError)
