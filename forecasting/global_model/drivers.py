"""What drives demand beside its own past: prices, promotions, events and kinds."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import OptionError
from forecasting.series import DAY_US, FloatArray, Panel, TimeArray

_THURSDAY = 3  # the weekday of time 0, 1 January 1970, Monday being 0


def _nothing() -> FloatArray:
    return np.empty((0, 0))


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """Known numbers beside a panel, for its past and for the steps to forecast.

    Parameters
    ----------
    names : tuple of str
        One name a driver: a price, a promotion (0 or 1), an event (0 or 1).
    past : ndarray of shape (n_values, n_drivers), float64
        A row a value of the panel, in its order. NaN where unknown.
    future : ndarray of shape (n_series, horizon, n_drivers), float64
        What is planned for the steps ahead.
    prices : tuple of str, default none
        Those of `names` that are prices, > 0: their change counts, not their height.
    static : ndarray of shape (n_series, n_static), float64, default none
        What stays as it is: group, store, size, as numbers.
    static_names : tuple of str, default none
        Their names.

    Raises
    ------
    OptionError
        If names and arrays do not fit, or a price is not above 0.

    Examples
    --------
    >>> Drivers(("price",), np.ones((3, 1)), np.zeros((1, 2, 1)), prices=("price",))
    Traceback (most recent call last):
    ...
    forecasting.errors.OptionError: driver 'price': a price must be > 0, was 0.0
    """

    names: tuple[str, ...] = ()
    past: FloatArray = field(default_factory=_nothing)
    future: FloatArray = field(default_factory=lambda: np.empty((0, 0, 0)))
    prices: tuple[str, ...] = ()
    static: FloatArray = field(default_factory=_nothing)
    static_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        k = len(self.names)
        if self.past.shape[-1] != k or self.future.shape[-1] != k:
            msg = (
                f"drivers {self.names}: past and future must have {k} columns, had "
                f"{self.past.shape[-1]} and {self.future.shape[-1]}"
            )
            raise OptionError(msg)
        if self.static.shape[-1] != len(self.static_names):
            msg = (
                f"static drivers {self.static_names}: static must have "
                f"{len(self.static_names)} columns, had {self.static.shape[-1]}"
            )
            raise OptionError(msg)
        for name in self.prices:
            if name not in self.names:
                msg = f"price {name!r}: must be one of the drivers {self.names}"
                raise OptionError(msg)
            column = self.names.index(name)
            for known in (self.past[..., column], self.future[..., column]):
                if bool((known <= 0.0).any()):
                    low = float(np.nanmin(known))
                    msg = f"driver {name!r}: a price must be > 0, was {low}"
                    raise OptionError(msg)

    @property
    def price_columns(self) -> NDArray[np.int64]:
        """Columns of the prices: ndarray of shape (n_prices,), int64."""
        return np.array([self.names.index(name) for name in self.prices], dtype=int)


def check_drivers(drivers: Drivers, panel: Panel, horizon: int | None) -> None:
    """Refuse drivers that do not belong to a panel.

    Parameters
    ----------
    drivers : Drivers
        To check.
    panel : Panel
        What they should fit.
    horizon : int or None
        Steps that `future` must have; None to leave it.

    Raises
    ------
    OptionError
        If a shape does not fit.

    Examples
    --------
    >>> check_drivers(Drivers(), Panel.from_arrays({"A": [1]}), 2)
    """
    n = panel.n_series
    if drivers.names and drivers.past.shape[0] != panel.values.size:
        msg = (
            f"drivers: past must have {panel.values.size} rows, one a value, had "
            f"{drivers.past.shape[0]}"
        )
        raise OptionError(msg)
    wanted = (n, horizon, len(drivers.names))
    if drivers.names and horizon is not None and drivers.future.shape != wanted:
        msg = (
            f"drivers: future must have the shape {wanted}, had {drivers.future.shape}"
        )
        raise OptionError(msg)
    if drivers.static_names and drivers.static.shape[0] != n:
        msg = f"drivers: static must have {n} rows, had {drivers.static.shape[0]}"
        raise OptionError(msg)


def logged(drivers: Drivers, rows: FloatArray) -> FloatArray:
    """Return driver rows with logarithms in place of prices.

    Parameters
    ----------
    drivers : Drivers
        Which columns are prices.
    rows : ndarray of shape (..., n_drivers), float64
        Rows of `past` or `future`.

    Returns
    -------
    ndarray of the same shape, float64
    """
    found = np.array(rows, dtype=np.float64)
    columns = drivers.price_columns
    found[..., columns] = np.log(found[..., columns])
    return found


CALENDAR = ("weekday", "day_of_month", "month", "day_of_year", "hour")
"""Names of the columns of `calendar`."""


def calendar(time_us: TimeArray) -> FloatArray:
    """Return weekday, day of month, month, day of year and hour of times.

    Parameters
    ----------
    time_us : ndarray of shape (...), int64
        Microseconds UTC.

    Returns
    -------
    ndarray of shape (..., 5), float64
        Monday is 0; days and months begin with 1.

    Examples
    --------
    Noon of 2 January 1970, a Friday:

    >>> calendar(np.array([36 * 3_600_000_000])).tolist()
    [[4.0, 2.0, 1.0, 2.0, 12.0]]
    """
    days = time_us // DAY_US
    dates = days.astype("datetime64[D]")
    months, years = dates.astype("datetime64[M]"), dates.astype("datetime64[Y]")
    columns = (
        (days + _THURSDAY) % 7,
        (dates - months).astype(np.int64) + 1,
        (months - years).astype(np.int64) + 1,
        (dates - years).astype(np.int64) + 1,
        (time_us % DAY_US) // (DAY_US // 24),
    )
    return np.stack([column.astype(np.float64) for column in columns], axis=-1)
