"""Settings as text that is the same in every process: what names derive from."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from types import FunctionType

from twin.errors import OptionError


def worded(value: object, name: str) -> str:
    """Return a setting as text.

    Parameters
    ----------
    value : object
        A number, string or None; a sequence or mapping of such; a dataclass, by what it
        is made with; a function of a module, by its name, or a `functools.partial` of
        one.
    name : str
        What it is called in errors.

    Returns
    -------
    str
        The same for the same settings, in every process.

    Raises
    ------
    OptionError
        If it holds anything else, such as a lambda or a function within a function:
        two of them that differ have the same name.

    Examples
    --------
    >>> worded({"quantile": 0.9, "levels": [1, None]}, "judging")
    "{'levels': [1, None], 'quantile': 0.9}"
    >>> worded(partial(worded, name="x"), "judging")
    "twin.loop.wording.worded([], {'name': 'x'})"
    """
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = sorted((repr(key), worded(one, name)) for key, one in value.items())
        return "{" + ", ".join(f"{key}: {one}" for key, one in pairs) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(worded(one, name) for one in value) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        made = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        return f"{_place(type(value))}({worded(made, name)})"
    return _worded_callable(value, name)


def _worded_callable(value: object, name: str) -> str:
    if isinstance(value, partial):
        function = _worded_callable(value.func, name)
        return f"{function}({worded(value.args, name)}, {worded(value.keywords, name)})"
    if isinstance(value, FunctionType) and "<" not in value.__qualname__:
        return _place(value)
    msg = (
        f"{name} must hold numbers, strings, dataclasses and functions of a module, or "
        f"functools.partial of such, so that runs can be told apart, had {value!r}"
    )
    raise OptionError(msg)


def _place(named: type | FunctionType) -> str:
    return f"{named.__module__}.{named.__qualname__}"
