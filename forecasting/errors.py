"""What can go wrong between a panel and its quantiles.

::

    ForecastingError
    ├── PanelError (ValueError)     series that cannot make up a panel
    └── OptionError (ValueError)    a horizon, quantile, mean or weight out of range
"""


class ForecastingError(Exception):
    """Any failure of this package."""


class PanelError(ForecastingError, ValueError):
    """Series cannot be used as a panel: the message names the series."""


class OptionError(ForecastingError, ValueError):
    """An argument is outside its range: the message names it and its range."""
