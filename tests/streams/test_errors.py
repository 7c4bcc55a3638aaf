import inspect

import pytest

from streams import errors

CLASSES = [
    item
    for item in vars(errors).values()
    if inspect.isclass(item) and issubclass(item, Exception)
]


@pytest.mark.parametrize("error", CLASSES, ids=lambda e: e.__name__)
def test_every_error_stands_in_the_tree_and_descends_from_one_root(error):
    assert error.__name__ in errors.__doc__
    assert issubclass(error, errors.StreamError)


def test_input_errors_are_value_errors():
    for error in (errors.PositionError, errors.CheckpointMismatchError):
        assert issubclass(error, ValueError)
    assert not issubclass(errors.LogCorruptError, ValueError)
