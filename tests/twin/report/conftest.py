"""A report of a made-up run, with everything in it that a page can show."""

import dataclasses

import numpy as np
import pytest

from twin.report import (
    Costs,
    Echelon,
    ExceptionMessage,
    ForecastFan,
    GanttBar,
    KpiRow,
    Marker,
    ReportData,
    Series,
    Service,
)

DAY_US = 86_400_000_000
START_US = 1_767_225_600_000_000  # 2026-01-01
N_PERIODS = 120
PLACES = ("Plant Nord", "Plant Süd", "DC Lyon", "DC Ulm", "DC Graz")


def walk(rng, mean, n=N_PERIODS):
    noise = rng.normal(0, 0.12 * mean, n)
    season = 0.25 * mean * np.sin(np.arange(n) / 9 + rng.uniform(0, 6))
    return np.maximum(0, mean + season + noise + np.cumsum(noise) / 6)


def kpis(profit, fill_rate, rng):
    others = {"base-stock": 1_084_350.0, "clairvoyant": 1_371_900.0}
    return (
        KpiRow(
            "Profit", 1_312_470.0, "EUR", 95.7, "After holding and shortage.",
            "high", others, profit,
        ),
        KpiRow(
            "Fill rate", 97.42, "%", 97.4, "Served in time.", "high",
            {"base-stock": 93.1, "clairvoyant": 100.0}, 100 * fill_rate,
        ),
        KpiRow(
            "Stock value", 214_880.0, "EUR", None, "Mean over the run.", "low",
            {"base-stock": 301_200.0, "clairvoyant": 150_010.0}, walk(rng, 2e5),
        ),
        KpiRow(
            "Backorders", 318.0, "pieces", None, "At the end.", "low",
            {"base-stock": 912.0, "clairvoyant": 0.0}, walk(rng, 300),
        ),
        KpiRow("Bullwhip", 1.84, "", None, "Orders over demand.", "low",
               {"base-stock": 2.91, "clairvoyant": 1.22}),
        KpiRow("Late orders", 4.6, "%", None, "", "low",
               {"base-stock": 9.3, "clairvoyant": 0.0}, walk(rng, 5)),
        KpiRow("Planning time", 0.184, "s", None, "Mean per review.", "low"),
    )  # fmt: skip


def fans(times_us, rng):
    horizon = 14
    made = []
    for name in ("Pump 40 · Berlin", "Valve DN50 · Paris", "Seal kit · Wien"):
        history = walk(rng, rng.uniform(20, 90))
        ahead = times_us[-1] + DAY_US * np.arange(1, horizon + 1)
        middle = history[-7:].mean() * np.ones(horizon)
        spread = np.sqrt(np.arange(1, horizon + 1)) * 0.09 * middle
        z = np.array([-1.64, -0.67, 0.0, 0.67, 1.64])
        made.append(
            ForecastFan(
                name=name,
                history_times_us=times_us,
                history=history,
                times_us=ahead,
                levels=np.array([0.05, 0.25, 0.5, 0.75, 0.95]),
                quantiles=np.maximum(0, middle + z[:, None] * spread),
                actual=np.maximum(0, middle + rng.normal(0, 0.7, horizon) * spread),
                unit="pieces",
            )
        )
    return tuple(made)


def gantt(rng):
    rows = (
        ("Plant Nord · Mill 1", "production"), ("Plant Nord · Mill 2", "production"),
        ("Plant Nord · Assembly", "production"), ("Plant Süd · Press", "production"),
        ("Nord → Lyon", "transport"), ("Nord → Ulm", "transport"),
        ("Süd → Graz", "transport"), ("Castings Ltd", "purchase"),
        ("Seals & Sons", "purchase"),
    )  # fmt: skip
    bars = []
    for resource, kind in rows:
        at = START_US + N_PERIODS * DAY_US + int(rng.uniform(0, 12)) * DAY_US // 24
        for n in range(9):
            hours = int(rng.uniform(10, 30) * (2 if kind == "purchase" else 1))
            end = at + hours * DAY_US // 24
            used = kind
            if kind == "production" and n == 4:
                used = "maintenance" if "Mill" in resource else "down"
            label = f"PO-{1000 + len(bars)}" if used == kind else used
            late = used == kind and rng.uniform() < 0.12
            bars.append(GanttBar(resource, label, at, end, used, late))
            at = end + int(rng.uniform(0, 8)) * DAY_US // 24
    return tuple(bars)


def service(rng):
    demand = walk(rng, 400)
    missed = np.maximum(0, rng.normal(-12, 22, N_PERIODS))
    missed[60:68] += np.array([20, 60, 90, 110, 80, 50, 30, 10])
    filled = np.clip(1 - missed / np.maximum(demand, 1), 0, 1)
    cumulative = 1 - np.cumsum(missed) / np.cumsum(demand)
    open_orders = np.convolve(missed, np.ones(4), mode="full")[:N_PERIODS]
    return Service(filled, cumulative, open_orders, "pieces")


def costs(rng):
    revenue = walk(rng, 31_000)
    spent = {
        "purchase": walk(rng, 9_000),
        "production": walk(rng, 5_200),
        "transport": walk(rng, 2_600),
        "holding": walk(rng, 1_900),
        "shortage": np.maximum(0, rng.normal(100, 500, N_PERIODS)),
    }
    profit = np.cumsum(revenue - sum(spent.values()))
    return Costs(
        revenue=revenue,
        **spent,
        cumulative_profit=(
            Series("mpc", profit),
            Series("base-stock", profit * 0.83),
            Series("clairvoyant", profit * 1.045),
        ),
    )


@pytest.fixture
def data():
    """Four months of daily periods in a network of five places."""
    rng = np.random.default_rng(20_260_101)
    times_us = START_US + DAY_US * np.arange(N_PERIODS)
    served, money = service(rng), costs(rng)
    profit = money.cumulative_profit[0].values
    return ReportData(
        title="Demo network, four months",
        subtitle="Re-planning every day against the forecast",
        currency="EUR",
        created_from={
            "Network": "demo", "Seed": "7", "Policy": "mpc",
            "Periods": "120 days from 2026-01-01",
        },
        policy="mpc",
        kpis=kpis(profit, served.fill_rate, rng),
        times_us=times_us,
        stock=tuple(Series(p, walk(rng, 900), "pieces") for p in PLACES),
        service=served,
        costs=money,
        forecasts=fans(times_us, rng),
        variance=(
            Echelon("Markets", 410.0, 388.0, 410 / 388),
            Echelon("Distribution centres", 1_240.0, 410.0, 1240 / 410),
            Echelon("Plants", 3_870.0, 1_240.0, 3870 / 1240),
            Echelon("Suppliers", 9_640.0, 3_870.0, 9640 / 3870),
        ),
        gantt=gantt(rng),
        exceptions=(
            ExceptionMessage("Pump 40 in DC Ulm runs out on 2026-05-04", 8_420.0),
            ExceptionMessage("Castings Ltd confirms PO-1066 two days late", 2_310.0),
            ExceptionMessage("Mill 2 is planned above 95 % of its capacity", 640.0),
        ),
        disruptions=(
            Marker(START_US + 38 * DAY_US, "Demand for pumps doubles for two weeks"),
            Marker(START_US + 60 * DAY_US, "Castings Ltd delivers nothing for 8 days"),
            Marker(START_US + 95 * DAY_US, "Mill 1 breaks down"),
        ),
    )  # fmt: skip


@pytest.fixture
def changed(data):
    """Make the same report with some parts replaced."""
    return lambda **parts: dataclasses.replace(data, **parts)


@pytest.fixture
def empty():
    """A report of a run that recorded nothing."""
    return ReportData(title="Nothing yet")
