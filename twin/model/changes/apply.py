"""A network with changes: edited tables, built anew, and what happens beside them."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from twin.errors import ChangeError, NetworkError, Problem, ScenarioError
from twin.model.cells import typed
from twin.model.changes import kinds
from twin.model.changes.draft import Draft, Place, row_name
from twin.model.changes.file import ChangeFile, Entry
from twin.model.changes.words import disruption_lines, order_lines
from twin.model.columns import Table
from twin.model.network import Network, build
from twin.model.read import ROW, read_rows, suggestion
from twin.model.scenario import SCENARIO_TABLES, Scenario, build_scenario
from twin.model.tables import BY_NAME, SETTINGS
from twin.model.write import cells
from twin.said import Said

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Release:
    """A production order that is added: `item_index` made at place `site_index`."""

    item_index: int
    site_index: int
    quantity: float
    time_us: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A network after changes.

    Attributes
    ----------
    name, description : str
        Of the branch.
    network : Network
        Built and checked anew; the same as before if no table was changed.
    scenario : Scenario
        Disruptions, in indices of `network`.
    releases : tuple of Release
        Production orders that are added, in indices of `network`.
    said : tuple of Said
        What was changed, in words.
    """

    name: str
    description: str
    network: Network
    scenario: Scenario
    releases: tuple[Release, ...]
    said: tuple[Said, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What was changed, in English."""
        return tuple(map(str, self.said))


def apply_changes(changes: ChangeFile, network: Network) -> Changed:
    """Apply a change file to a network.

    Parameters
    ----------
    changes : ChangeFile
        Entries are applied kind by kind in the order of `kinds.KINDS`, those of a kind
        in the order of the file; later ones see what earlier ones changed.
    network : Network
        Left as it is.

    Returns
    -------
    Changed
        Its network went through all checks of `twin.model.build`.

    Raises
    ------
    ChangeError
        With every problem: entry, field, value and what is allowed.
    """
    draft = Draft(network, changes.file)
    for kind, entries in changes.entries.items():
        apply = _APPLY.get(kind)
        for number, entry in enumerate(entries, start=1):
            if apply is not None:
                apply(draft, entry, draft.entry(kind, number))
    orders = _production_orders(draft, changes)
    if draft.problems:
        raise ChangeError(changes.file, tuple(draft.problems))
    built = _built(network, draft, changes.file)
    scenario = _scenario(changes, built)
    return Changed(
        name=changes.name,
        description=changes.description,
        network=built,
        scenario=scenario,
        releases=_releases(orders, built, changes.file),
        said=(*draft.said, *order_lines(orders), *disruption_lines(changes.entries)),
    )


def rebuilt(network: Network, frames: dict[str, pl.DataFrame]) -> Network:
    """Build a network from typed tables.

    Parameters
    ----------
    network : Network
        Its tables stand where `frames` has none.
    frames : dict of str to DataFrame
        Typed as in `Network.tables`.

    Returns
    -------
    Network
        With the same hash if nothing differs.

    Raises
    ------
    NetworkError
        With every problem.
    """
    frames = {**network.tables, **frames}
    rows = {name: _as_text(table, frames[name]) for name, table in BY_NAME.items()}
    settings = _as_text(SETTINGS, frames[SETTINGS.name])
    return build(rows, settings.row(0, named=True))


def _as_text(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    names = [column.name for column in table.columns]
    texts = list(zip(*cells(table, frame), strict=True)) or [()] * len(names)
    schema = dict.fromkeys(names, pl.String)
    return pl.DataFrame(dict(zip(names, texts, strict=True)), schema=schema)


def _built(network: Network, draft: Draft, file: str) -> Network:
    changed = {
        name: frame
        for name, frame in draft.frames.items()
        if frame is not network.tables[name]
    }
    if not changed:
        return network
    try:
        return rebuilt(network, changed)
    except NetworkError as error:
        told = tuple(_placed(problem, draft, file) for problem in error.problems)
        raise ChangeError(file, told) from error


def _placed(problem: Problem, draft: Draft, file: str) -> Problem:
    """Name the row of a changed table by its key: its number says nothing."""
    where = f"{file}, then {problem.file}"
    column = problem.column
    table = BY_NAME.get(problem.file)
    if table is not None and problem.row is not None:
        row = row_name(table, draft.frames[table.name], problem.row - 1)
        column = f"{column} of {row}" if column else row
    return Problem(where, None, column, problem.value, problem.allowed)


def _edit(kind: kinds.EditKind) -> Callable[[Draft, Entry, Place], None]:
    table = BY_NAME[kind.table]

    def apply(draft: Draft, entry: Entry, place: Place) -> None:
        if not _known(entry, kind.fields, place):
            return
        given = [s for s in kind.settings if s.field in entry]
        if not given:
            names = ", ".join(setting.field for setting in kind.settings)
            place.refuse(None, None, f"one of {names}")
            return
        chosen = {name: entry[name] for name in kind.selectors if name in entry}
        mask = draft.rows(table, chosen, place)
        for setting in given:
            if mask is not None:
                _set(draft, (table, setting, mask), entry[setting.field], place)

    return apply


def _set(
    draft: Draft,
    target: tuple[Table, kinds.Setting, pl.Series],
    value: object,
    place: Place,
) -> None:
    table, setting, mask = target
    if setting.how == "set":
        draft.put((table, setting.column, mask), value, place, field=setting.field)
    else:
        factor, right = place.parsed(kinds.factor_column(setting.field), value)
        if right:
            draft.scale((table, setting.column, mask), factor, place)


def _known(entry: Entry, fields: tuple[str, ...], place: Place) -> bool:
    strange = [name for name in entry if name not in fields]
    for name in strange:
        allowed = f"{', '.join(fields)}{suggestion(name, fields)}"
        place.refuse(name, entry[name], allowed)
    return not strange


def _keyed(
    draft: Draft, entry: Entry, place: Place
) -> tuple[Table, pl.Series | None] | None:
    """Return table and rows of an entry with `table` and `key`."""
    table = draft.table(entry.get("table"), place)
    if table is None:
        return None
    key = entry.get("key", {})
    if not isinstance(key, dict) or set(key) != set(table.keys):
        names = ", ".join(f"{name} = ..." for name in table.keys)
        place.refuse("key", key, f"{{ {names} }}, each a value or '*'")
        return None
    return table, draft.rows(table, key, place)


def _apply_set(draft: Draft, entry: Entry, place: Place) -> None:
    if not _known(entry, kinds.ROW_KINDS[kinds.SET], place):
        return
    found = _keyed(draft, entry, place)
    if found is None or found[1] is None:
        return
    table, mask = found[0], found[1]
    name = entry.get("column")
    free = [column.name for column in table.columns if not column.key]
    if name not in free:
        place.refuse("column", name, f"{', '.join(free)}{suggestion(str(name), free)}")
        return
    if ("value" in entry) == ("factor" in entry):
        place.refuse("value", entry.get("value"), "a value or a factor, one of them")
        return
    how: kinds.How = "set" if "value" in entry else "scale"
    field = "value" if how == "set" else "factor"
    setting = kinds.Setting(field, str(name), how)
    _set(draft, (table, setting, mask), entry[field], place)


def _apply_remove(draft: Draft, entry: Entry, place: Place) -> None:
    if _known(entry, kinds.ROW_KINDS[kinds.REMOVE_ROW], place):
        found = _keyed(draft, entry, place)
        if found is not None and found[1] is not None:
            draft.remove(found[0], found[1])


def _apply_add(draft: Draft, entry: Entry, place: Place) -> None:
    if not _known(entry, kinds.ROW_KINDS[kinds.ADD_ROW], place):
        return
    table, row = draft.table(entry.get("table"), place), entry.get("row")
    if table is None:
        return
    if not isinstance(row, dict) or not row or table is SETTINGS:
        place.refuse("row", row, f"{{ column = value, ... }} of {table.name}")
        return
    added = _typed(table, row, place)
    if added is not None:
        draft.add(table, added)


def _typed(table: Table, row: Entry, place: Place) -> pl.DataFrame | None:
    frame, found = typed(table, read_rows([row]), place.file)
    for problem in found:
        place.refuse(problem.column, problem.value, problem.allowed)
    return None if found else frame.drop(ROW)


def _add_customer_order(draft: Draft, entry: Entry, place: Place) -> None:
    if not _known(entry, tuple(c.name for c in kinds.CUSTOMER_ORDERS.columns), place):
        return
    order = _typed(kinds.CUSTOMER_ORDERS, entry, place)
    if order is None:
        return
    wanted = order.row(0, named=True)
    as_of_us = draft.frames[SETTINGS.name]["as_of"][0]
    due_us = as_of_us + round(wanted["due_s"] * SECOND_US)
    table = BY_NAME["open_orders"]
    own = {
        "order": wanted["order"], "kind": "customer", "item": wanted["item"],
        "from_place": wanted["site"], "to_place": wanted["customer"],
        "quantity": wanted["quantity"], "due": due_us,
    }  # fmt: skip
    schema = draft.frames[table.name].schema
    row = pl.DataFrame({n: [own.get(n)] for n in schema}, schema=schema)
    draft.add(table, row)
    text = (
        f"customer order {wanted['order']}: {wanted['quantity']:g} {wanted['item']} "
        f"for {wanted['customer']} from {wanted['site']}"
    )
    told = ("order", "quantity", "item", "customer", "site")
    draft.said[-1] = Said(text, "customer_order", {name: wanted[name] for name in told})


_APPLY: dict[str, Callable[[Draft, Entry, Place], None]] = {
    kinds.ADD_ROW: _apply_add,
    kinds.REMOVE_ROW: _apply_remove,
    **{kind.name: _edit(kind) for kind in kinds.EDIT_KINDS},
    kinds.SET: _apply_set,
    kinds.CUSTOMER_ORDERS.name: _add_customer_order,
}


def _production_orders(draft: Draft, changes: ChangeFile) -> list[dict[str, object]]:
    kind = kinds.PRODUCTION_ORDERS
    found = []
    for number, entry in enumerate(changes.entries.get(kind.name, ()), start=1):
        place = draft.entry(kind.name, number)
        if _known(entry, tuple(column.name for column in kind.columns), place):
            row = _typed(kind, entry, place)
            if row is not None:
                found.append(row.row(0, named=True))
    return found


def _releases(
    orders: list[dict[str, object]], network: Network, file: str
) -> tuple[Release, ...]:
    made = set(
        zip(
            network.production.first.tolist(),
            network.production.second.tolist(),
            strict=True,
        )
    )
    found, problems = [], []
    for number, order in enumerate(orders, start=1):
        item = network.item_index.get(str(order["item"]), -1)
        site = network.place_index.get(str(order["site"]), -1)
        if (item, site) not in made:
            where = f"{file} [[{kinds.PRODUCTION_ORDERS.name}]]"
            shown = f"{order['item']} at {order['site']}"
            allowed = "an item and a site that makes it, by a routing or a bill"
            problems.append(Problem(where, number, "item", shown, allowed))
            continue
        start_us = round(float(str(order["release_s"])) * SECOND_US)
        quantity = float(str(order["quantity"]))
        time_us = network.settings.as_of_us + start_us
        found.append(Release(item, site, quantity, time_us))
    if problems:
        raise ChangeError(file, tuple(problems))
    return tuple(found)


def _scenario(changes: ChangeFile, network: Network) -> Scenario:
    names = {table.name for table in SCENARIO_TABLES}
    content = {k: list(v) for k, v in changes.entries.items() if k in names}
    try:
        return build_scenario(content, network, file=changes.file)
    except ScenarioError as error:
        raise ChangeError(changes.file, error.problems) from error


__all__ = ["Changed", "Release", "apply_changes", "rebuilt"]
