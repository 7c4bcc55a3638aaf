"""A small network that has every kind of table."""

import copy

import pytest

SETTINGS = {"name": "small", "as_of": "2024-01-01T00:00:00Z", "time_zone": "UTC"}

TABLES = {
    "sites": [
        {"site": "P", "kind": "plant", "calendar": "day", "handling_cost": 0.5},
        {"site": "D", "kind": "warehouse", "dispatch_capacity_per_period": 90},
    ],
    "items": [
        {"item": "tea", "unit_cost": 4.0, "price": 9.0, "unit": "box"},
        {"item": "leaf", "unit_cost": 1.0},
        {"item": "bag", "unit_cost": 0.1},
    ],
    "bills": [
        {"item": "tea", "component": "leaf", "quantity": 2, "scrap_rate": 0.05},
        {"item": "tea", "component": "bag", "quantity": 20},
    ],
    "routings": [
        {
            "item": "tea", "step": 10, "operation": "fill", "machine_group": "filling",
            "duration_s": 30, "duration_law": "lognormal", "duration_cv": 0.4,
        },
        {
            "item": "tea", "step": 20, "operation": "pack", "machine_group": "packing",
            "duration_s": 12, "yield_rate": 0.98,
        },
    ],
    "machines": [
        {"machine": "F1", "site": "P", "group": "filling", "mttf_s": 8e5},
        {"machine": "K1", "site": "P", "group": "packing", "slots": 2},
    ],
    "calendars": [
        {"calendar": "day", "weekday": "monday", "start": "06:00", "end": "14:00"},
        {"calendar": "day", "weekday": "monday", "start": "14:00", "end": "24:00"},
    ],
    "suppliers": [{"supplier": "V"}],
    "customers": [{"customer": "M", "latitude_deg": 48.1, "longitude_deg": 11.6}],
    "lanes": [
        {
            "lane": "VP", "from_place": "V", "to_place": "P", "item": "*",
            "lead_time_s": 864000, "lead_time_law": "late", "lead_time_cv": 0.5,
        },
        {"lane": "PD", "from_place": "P", "to_place": "D", "lead_time_s": 86400},
    ],
    "demands": [
        {
            "customer": "M", "item": "tea", "site": "D", "mean_per_day": 25,
            "dispersion": 0.2, "weekly_profile": "week", "backlogged": "no",
        }
    ],
    "stock": [
        {"item": "tea", "site": "D", "on_hand": 100, "holding_cost_per_day": 0.01},
        {"item": "leaf", "site": "P", "on_hand": 500},
    ],
    "open_orders": [
        {
            "order": "o1", "kind": "purchase", "item": "leaf", "from_place": "V",
            "to_place": "P", "quantity": 50, "due": "2024-01-05T00:00:00+01:00",
        }
    ],
    "profiles": [
        {"profile": "week", "step": day, "factor": factor}
        for day, factor in enumerate([1, 1, 1, 1, 2, 2, 0], start=1)
    ],
    "laws": [
        {"law": "late", "factor": 1.0, "weight": 3},
        {"law": "late", "factor": 2.0},
    ],
}  # fmt: skip

# What a simulation can follow beyond the plain network: cells added to rows, and rows.
ELEMENT_CELLS = {
    ("sites", 0): {"tariff": "night"},
    ("routings", 0): {
        "setup_family": "green",
        "batch_min": 2,
        "batch_max": 3,
        "batch_timeout_s": 60,
        "operator_pool": "crew",
        "operators": 2,
        "tool_pool": "nozzle",
    },
    ("routings", 1): {"rework_rate": 0.1, "rework_step": 10, "sampling_rate": 0.5},
    ("machines", 0): {
        "failure_law": "weibull",
        "failure_cv": 0.7,
        "repair_law": "lognormal",
        "repair_cv": 0.5,
        "failure_clock": "busy",
        "on_failure": "scrap",
        "maintenance_every_s": 6e5,
        "maintenance_clock": "busy",
        "maintenance_s": 3600,
        "power_off_kw": 0.1,
        "power_idle_kw": 1,
        "power_setup_kw": 2,
        "power_busy_kw": 5,
        "wear_per_h": 0.01,
        "wear_hazard": 2,
        "wear_speed": 0.2,
        "wear_yield": 0.1,
        "reading_every_s": 900,
    },
    ("suppliers", 0): {
        "mttf_s": 1e7,
        "mttr_s": 1e5,
        "failure_law": "weibull",
        "failure_cv": 2,
        "repair_law": "gamma",
        "repair_cv": 0.3,
    },
    ("items", 0): {
        "strategy": "make_to_order",
        "order_batch_min": 4,
        "order_wait_s": 43_200,
    },
    ("demands", 0): {"split": "no", "backlogged": "yes"},
    ("stock", 0): {"allocation": "proportional", "review_s": 3600},
}
ELEMENT_ROWS = {
    "items": [{"item": "dust"}],
    "groups": [
        {"group": "filling", "rule": "atc"},
        {"group": "packing", "site": "P", "rule": "edd", "capacity": 4},
    ],
    "setups": [
        {"group": "filling", "from_family": "*", "to_family": "*", "setup_s": 30},
        {"group": "filling", "from_family": "", "to_family": "green", "setup_s": 90},
        {"group": "filling", "from_family": "black", "to_family": "green",
         "setup_s": 600},
    ],
    "pools": [
        {"pool": "crew", "site": "P", "size": 3, "calendar": "day"},
        {"pool": "nozzle", "site": "P", "kind": "tool", "size": 1},
    ],
    "releases": [
        {"release": "rate", "item": "tea", "site": "P", "quantity": 20,
         "interval_s": 7200, "interval_law": "exponential", "due_s": 86400,
         "priority": 2, "first_s": 60},
    ],
    "tariffs": [
        {"tariff": "night", "start": "22:00", "price_per_kwh": 0.1},
        {"tariff": "night", "start": "06:00", "price_per_kwh": 0.3},
    ],
    "outputs": [{"item": "tea", "product": "dust", "quantity": 0.02}],
    "open_orders": [
        {"order": "o2", "kind": "production", "item": "tea", "to_place": "P",
         "quantity": 5, "due": "2024-01-06T00:00:00+01:00", "step": 20},
        {"order": "o3", "kind": "customer", "item": "tea", "from_place": "D",
         "to_place": "M", "quantity": 1, "due": "2024-01-06T00:00:00+01:00",
         "options": "in a tin"},
    ],
}  # fmt: skip


@pytest.fixture
def settings():
    return dict(SETTINGS)


@pytest.fixture
def tables():
    return copy.deepcopy(TABLES)


@pytest.fixture
def full_tables(tables):
    """Return tables that make use of every column and every table there is."""
    for (table, row), cells in ELEMENT_CELLS.items():
        tables[table][row] |= cells
    for table, rows in copy.deepcopy(ELEMENT_ROWS).items():
        tables[table] = tables.get(table, []) + rows
    return tables


@pytest.fixture
def write_csv():
    """Write tables as a planner would: header, rows, a comment."""

    def write(folder, tables, settings):
        folder.mkdir(exist_ok=True)
        lines = [f'{name} = "{value}"' for name, value in settings.items()]
        (folder / "network.toml").write_text("\n".join(lines) + "\n")
        for name, rows in tables.items():
            header = list(dict.fromkeys(key for row in rows for key in row))
            body = [",".join(str(row.get(key, "")) for key in header) for row in rows]
            text = "\n".join([f"# {name}", ",".join(header), *body])
            (folder / f"{name}.csv").write_text(text + "\n")
        return folder

    return write
