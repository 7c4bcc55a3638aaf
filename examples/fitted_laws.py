"""Laws of the shipped example network, fitted to public data.

The data are `real/retail58_*.csv` and `real/scms_delivery_history.csv` of
MILLSTREAM_DATA; what comes of them are parameters alone.
"""

from pathlib import Path

import numpy as np
import polars as pl

SKU_STEP = 3  # every third series of retail58, from the first, by number
WINDOW_DAYS = 28  # of the moving level that dispersion is measured around
MODES = {"scms_ocean": "Ocean", "scms_air": "Air", "scms_truck": "Truck"}
PLANNED_DAYS_MIN = 14  # below, a day of rounding would look like lateness
N_GROUPS = 20  # equally likely groups an observed law is cut into
COST_RATIO_RANGE = (0.4, 0.8)  # of cost to price; the data reach from 0.05 to 0.98

# The items that the series stand for, in their order.
FAMILIES = {
    "soap": ["lavender", "rose", "citrus", "olive", "kids"],
    "shampoo": ["mild", "fresh", "repair", "volume", "sport"],
    "lotion": ["day", "night", "body", "hands"],
    "cleaner": ["glass", "bath", "kitchen", "floor"],
}


def fit_demand(data: Path) -> tuple[pl.DataFrame, dict[str, list[float]]]:
    """Fit mean, dispersion and cost ratio by item, and a weekly profile by family."""
    daily = pl.read_csv(data / "retail58_daily_demand.csv")
    info = pl.read_csv(data / "retail58_info.csv")
    weekday = daily["Date"].str.to_date("%Y/%m/%d").dt.weekday().to_numpy()
    skus = [name for name in daily.columns if name != "Date"][::SKU_STEP]
    named = [(family, name) for family in FAMILIES for name in FAMILIES[family]]
    rows, weeks = [], {family: [] for family in FAMILIES}
    for sku, (family, name) in zip(skus, named, strict=False):
        demand = daily[sku].to_numpy().astype(float)
        week = np.array([demand[weekday == day].mean() for day in range(1, 8)])
        week /= week.mean()
        weeks[family].append(week)
        cost, price = (
            info.filter(pl.col("SKU") == sku)
            .select("procurement_cost", "selling_price")
            .row(0)
        )
        rows.append({
            "item": f"{family}_{name}", "family": family, "sku": sku,
            "mean": demand.mean(),
            "dispersion": dispersion(demand / week[weekday - 1]),
            "cost_ratio": float(np.clip(cost / price, *COST_RATIO_RANGE)),
        })  # fmt: skip
    profiles = {
        family: list(np.mean(values, axis=0)) for family, values in weeks.items()
    }
    return pl.DataFrame(rows), profiles


def dispersion(demand: np.ndarray) -> float:
    """Median over windows of (variance - mean) / mean^2, so that no peak decides."""
    starts = range(0, len(demand) - WINDOW_DAYS + 1, WINDOW_DAYS)
    windows = [demand[start : start + WINDOW_DAYS] for start in starts]
    found = [(w.var(ddof=1) - w.mean()) / w.mean() ** 2 for w in windows if w.mean()]
    return max(0.0, float(np.median(found)))


def fit_lead_times(data: Path) -> dict[str, tuple[np.ndarray, float]]:
    """Fit by mode the ratio of actual to planned lead time: sorted ratios, mean."""
    raw = pl.read_csv(data / "scms_delivery_history.csv", infer_schema=False)
    shipped = raw.select(
        mode="Shipment Mode",
        sent=pl.col("PO Sent to Vendor Date").str.to_date("%m/%d/%y", strict=False),
        planned=pl.col("Scheduled Delivery Date").str.to_date("%d-%b-%y"),
        actual=pl.col("Delivered to Client Date").str.to_date("%d-%b-%y"),
    ).drop_nulls()
    days = shipped.select(
        "mode",
        planned=(pl.col("planned") - pl.col("sent")).dt.total_days(),
        actual=(pl.col("actual") - pl.col("sent")).dt.total_days(),
    ).filter((pl.col("planned") >= PLANNED_DAYS_MIN) & (pl.col("actual") > 0))
    fits = {}
    for law, mode in MODES.items():
        of_mode = days.filter(pl.col("mode") == mode)
        ratios = (of_mode["actual"] / of_mode["planned"]).sort().to_numpy()
        fits[law] = (ratios, float(ratios.mean()))
    return fits


def law_rows(fits: dict[str, tuple[np.ndarray, float]]) -> list[dict[str, object]]:
    """Cut each observed law into equally likely groups and keep their means."""
    rows = []
    for law, (ratios, mean) in fits.items():
        groups = [group.mean() / mean for group in np.array_split(ratios, N_GROUPS)]
        values, counts = np.unique(np.round(groups, 3), return_counts=True)
        rows += [
            {"law": law, "factor": factor, "weight": count}
            for factor, count in zip(values, counts, strict=True)
        ]
    return rows
