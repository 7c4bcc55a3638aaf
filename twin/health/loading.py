"""Names of a package whose modules are loaded when one is asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module


def loaded_when_asked(
    package: str, homes: Mapping[str, str]
) -> Callable[[str], object]:
    """Return what a package takes as its ``__getattr__`` (PEP 562).

    Parameters
    ----------
    package : str
        Its name, for who asks for what it does not have.
    homes : Mapping of str to str
        Module of each name.

    Returns
    -------
    callable
        Name to object; raises AttributeError for one without a home.

    Examples
    --------
    >>> asked = loaded_when_asked("maths", {"floor": "math"})
    >>> asked("floor")(2.5)
    2
    """

    def asked(name: str) -> object:
        if name not in homes:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(import_module(homes[name]), name)

    return asked
