"""Demand, and what planners said of it, as a log tells them."""

from collections.abc import Iterable

import msgspec
import numpy as np
import polars as pl

from streams.batch import EventBatch
from streams.events import TYPE_CODES
from streams.names import Names
from twin.demand.adjusted import Adjustment
from twin.errors import OptionError

RECEIVED, ADJUSTED = TYPE_CODES["OrderReceived"], TYPE_CODES["ForecastAdjusted"]
MONDAY_US = 4 * 86_400_000_000
BETWEEN = "@"
"""Stands between item and site in the name of a series."""


class _Why(msgspec.Struct):
    why: str = ""


class AskedDemand:
    """Orders of customers and adjustments of forecasts, folded batch by batch.

    Demand is what was asked for when an order came, whether or not it was served;
    later changes of an order do not change what was asked. An event that comes twice
    counts once.

    Examples
    --------
    >>> asked = AskedDemand()
    >>> asked.n_orders, asked.adjustments
    (0, ())
    """

    def __init__(self) -> None:
        self._orders: list[pl.DataFrame] = []
        self._adjustments: dict[tuple[int, int], Adjustment] = {}
        self._last_us: int | None = None

    @classmethod
    def of(cls, batches: Iterable[EventBatch]) -> "AskedDemand":
        """Fold all batches of a log.

        Parameters
        ----------
        batches : iterable of EventBatch
            In any order.
        """
        asked = cls()
        for batch in batches:
            asked.add(batch)
        return asked

    def add(self, batch: EventBatch) -> None:
        """Fold one more batch.

        Parameters
        ----------
        batch : EventBatch
            Events of any type; orders and adjustments count.
        """
        if len(batch):
            last = int(batch.time_us.max())
            self._last_us = last if self._last_us is None else max(last, self._last_us)
        self._add_orders(batch.take(batch.type_code == RECEIVED))
        self._add_adjustments(batch.take(batch.type_code == ADJUSTED))

    @property
    def n_orders(self) -> int:
        """Lines of orders so far."""
        return self._lines().height

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """Every adjustment so far, in the order of their times."""
        found = self._adjustments.values()
        return tuple(sorted(found, key=lambda one: (one.made_us, one.series, one.who)))

    def table(self, bucket_us: int) -> pl.DataFrame:
        """Return demand by item and site, bucket by bucket.

        Parameters
        ----------
        bucket_us : int
            Length of a bucket, microseconds, > 0; buckets begin at multiples of it
            since Monday, 5 January 1970, UTC.

        Returns
        -------
        polars.DataFrame
            Columns ``id`` (item@site), ``ds`` (begin of the bucket) and ``y`` (units
            asked for in it), as `forecast_table` takes them. A series begins with its
            first order, and has a 0 where nothing was asked. The bucket of the last
            event of the log is left out: more may come in it.

        Raises
        ------
        OptionError
            If the log has no order in a bucket that is over.
        """
        last_us = MONDAY_US if self._last_us is None else self._last_us
        end = (last_us - MONDAY_US) // bucket_us
        asked = (
            self._lines()
            .with_columns(bucket=(pl.col("time_us") - MONDAY_US) // bucket_us)
            .filter(pl.col("bucket") < end)
            .group_by("id", "bucket")
            .agg(pl.col("quantity").sum())
        )
        if asked.is_empty():
            msg = (
                f"log: must have orders of customers in a bucket of "
                f"{bucket_us / 1e6:g} s that is over, had {self.n_orders} lines of "
                "orders in all"
            )
            raise OptionError(msg)
        begins = pl.col("bucket") * bucket_us + MONDAY_US
        first = asked.group_by("id").agg(pl.col("bucket").min().alias("first"))
        every = first.select("id", pl.int_ranges("first", end).alias("bucket")).explode(
            "bucket"
        )
        return (
            every.join(asked, on=["id", "bucket"], how="left")
            .sort("id", "bucket")
            .select(
                "id",
                begins.cast(pl.Datetime("us", "UTC")).alias("ds"),
                pl.col("quantity").fill_null(0.0).alias("y"),
            )
        )

    def _lines(self) -> pl.DataFrame:
        schema = {
            "id_hash": pl.UInt64, "source": pl.String, "time_us": pl.Int64,
            "id": pl.String, "quantity": pl.Float64,
        }  # fmt: skip
        lines = pl.concat([pl.DataFrame(schema=schema), *self._orders])
        unique = lines.unique(["source", "id_hash"], keep="first", maintain_order=True)
        self._orders = [unique]
        return unique

    def _add_orders(self, batch: EventBatch) -> None:
        if not len(batch):
            return
        names = batch.names
        frame = pl.DataFrame(
            {
                "id_hash": batch.id_hash,
                "source": _named(names, batch.source),
                "time_us": batch.time_us,
                "item": _named(names, batch.item),
                "site": _named(names, batch.place),
                "quantity": batch.value0,
            }
        )
        series = pl.concat_str("item", "site", separator=BETWEEN).alias("id")
        self._orders.append(
            frame.select("id_hash", "source", "time_us", series, "quantity")
        )

    def _add_adjustments(self, batch: EventBatch) -> None:
        for row in range(len(batch)):
            start, end = int(batch.detail_start[row]), int(batch.detail_end[row])
            detail = bytes(batch.detail[start:end]) or b"{}"
            key = int(batch.source[row]), int(batch.id_hash[row])
            item, site, who = (
                batch.names[int(column[row])]
                for column in (batch.item, batch.place, batch.party)
            )
            self._adjustments[key] = Adjustment(
                series=f"{item}{BETWEEN}{site}",
                factor=float(batch.value0[row]),
                who=who,
                why=msgspec.json.decode(detail, type=_Why).why,
                start_us=int(batch.time0[row]),
                end_us=int(batch.time1[row]),
                made_us=int(batch.time_us[row]),
            )


def _named(names: Names, column: np.ndarray) -> pl.Series:
    # Few names, many rows: each name is looked up once.
    numbers, places = np.unique(column, return_inverse=True)
    texts = ["" if k < 0 else names[k] for k in numbers.tolist()]
    return pl.Series(texts, dtype=pl.String).gather(places.ravel())
