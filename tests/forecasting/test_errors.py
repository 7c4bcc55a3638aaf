import pytest

from forecasting import errors


@pytest.mark.parametrize("kind", [errors.PanelError, errors.OptionError])
def test_input_error_is_a_value_error_of_the_package(kind):
    assert issubclass(kind, ValueError)
    assert issubclass(kind, errors.ForecastingError)
