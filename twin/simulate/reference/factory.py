"""Production orders: components go in, operations run, goods come out."""

from dataclasses import dataclass

import numpy as np

from streams.events import TYPE_CODES
from twin.simulate.decisions import Decisions
from twin.simulate.random import REWORK, SAMPLING, SCRAP
from twin.simulate.reference.ageing import Machine
from twin.simulate.reference.emission import NAN, NEVER, NONE, Row
from twin.simulate.reference.engine import Engine
from twin.simulate.reference.machines import MachinePark
from twin.simulate.reference.market import Market
from twin.simulate.reference.orders import Operation, ProductionOrder, Recipe
from twin.simulate.reference.recipes import Recipes
from twin.simulate.reference.schedule import COMPLETION, RESPONSE_US, tie_key

STOCK_MOVED = TYPE_CODES["StockMoved"]
RELEASED = TYPE_CODES["ProductionOrderReleased"]
CLOSED = TYPE_CODES["ProductionOrderClosed"]
COMPLETED = TYPE_CODES["OperationCompleted"]
# Entity of the orders under way at the start; nothing else has it.
_OPENING = (1 << 28) - 1
MOVE_ISSUE, MOVE_RECEIPT = 1, 2  # positions in `streams.events.MoveReason`


@dataclass(frozen=True, slots=True)
class Asked:
    """An order that is asked for; it is due `due_us` later.

    `priority` is NaN and `due_us` `NEVER` if there is none; `order` is the customer's
    order it is made for, `name` its own name if it has one already.
    """

    item: int
    site: int
    quantity: float
    priority: float = NAN
    due_us: int = NEVER
    order: str = ""
    name: str = ""


class Factory:
    """Executes production orders.

    Components are taken from stock when an order is released, and its quantity is cut
    to what they allow; an item without a routing is made at once.

    An operation with a `sampling_rate` is done for that share of orders. After one with
    a `rework_rate` that share of orders goes back, with all pieces that are good. The
    yield of the site is that of the last operation, unless the order goes back from
    it, or of the order itself where that operation is skipped. An order that goes back
    draws anew at each step. Every good unit brings its outputs.

    Parameters
    ----------
    engine : Engine
        The simulation.
    market : Market
        Is told of what comes out.
    park : MachinePark
        Where operations run.
    """

    def __init__(self, engine: Engine, market: Market, park: MachinePark) -> None:
        self._engine = engine
        self._market = market
        self._emit = engine.emitter.emit
        self._numbers = engine.numbering.series("M")
        self._park = park
        network = engine.network
        # Entity of starts, in keys: behind lanes and machines.
        self._entity = len(network.lanes.ids) + len(network.machines.ids) + 1
        self._recipes = Recipes(engine, park)
        park.when_done = self._complete

    def open(self, order: ProductionOrder, *, due_us: int, now_us: int) -> None:
        """Take over an order that was under way at the start.

        Parameters
        ----------
        order : ProductionOrder
            It goes on with its step; without steps it ends when it is due.
        due_us, now_us : int
            Microseconds UTC, `due_us` after `now_us`.
        """
        self.know(order, due_us=due_us, now_us=now_us)
        if order.recipe.steps:
            self.come(order, now_us)
            return
        target = order.recipe.target
        order.recipe = Recipe(
            target, order.recipe.item_name, order.recipe.place_name, 1.0,
            outputs=((target, order.item, 1.0),),
        )  # fmt: skip
        key = tie_key(COMPLETION, _OPENING, order.n)
        self._engine.schedule.call(due_us, key, self._finish, order)

    def come(self, order: ProductionOrder, now_us: int) -> None:
        """Let an order under way come to its step.

        Parameters
        ----------
        order : ProductionOrder
            With its steps.
        now_us : int
            Microseconds UTC.
        """
        key = tie_key(COMPLETION, self._entity, order.n)
        self._engine.schedule.call(now_us, key, self._start, order)

    def know(self, order: ProductionOrder, *, due_us: int, now_us: int) -> None:
        """Tell of an order that was under way at the start.

        Parameters
        ----------
        order : ProductionOrder
            Not told before.
        due_us, now_us : int
            Microseconds UTC.
        """
        engine = self._engine
        target = order.recipe.target
        order.released = order.pieces
        engine.points.in_production[target] += order.pieces
        self._emit(
            (
                now_us, RELEASED, NONE, order.name,
                order.recipe.item_name, order.recipe.place_name, NONE, NONE,
                order.pieces, NAN, NAN, due_us,
            )
        )  # fmt: skip

    def release(self, decisions: Decisions, now_us: int) -> None:
        """Release production orders, in the order given.

        Parameters
        ----------
        decisions : Decisions
            Production orders; orders on lanes are not looked at.
        now_us : int
            Microseconds UTC.

        Raises
        ------
        OptionError
            If an item is not made at a site.
        """
        n = len(decisions.make_item)
        for item, site, quantity, priority, due_us, order, name in zip(
            decisions.make_item.tolist(),
            decisions.make_site.tolist(),
            decisions.make_quantity.tolist(),
            decisions.make_priority.tolist() or [NAN] * n,
            decisions.make_due_us.tolist() or [NEVER] * n,
            decisions.make_for or [""] * n,
            decisions.make_name or [""] * n,
            strict=True,
        ):
            if quantity > 0.0:
                later_us = NEVER if due_us == NEVER else due_us - now_us
                asked = Asked(item, site, quantity, priority, later_us, order, name)
                self._make(asked, now_us)

    def make(self, item: int, site: int, quantity: float, now_us: int) -> float:
        """Release a production order, cut to what its components allow.

        Parameters
        ----------
        item, site : int
            Indices of the network.
        quantity : float
            > 0, in the base unit of the item.
        now_us : int
            Microseconds UTC.

        Returns
        -------
        float
            What was released; 0 if nothing.

        Raises
        ------
        OptionError
            If the item is not made at the site.
        """
        return self._make(Asked(item, site, quantity), now_us)

    def _make(self, asked: Asked, now_us: int) -> float:
        recipe = self._recipes.of(asked.item, asked.site)
        pieces = self._allowed(recipe, asked.quantity)
        if pieces <= 0.0:
            return 0.0
        order = self._new_order(asked, recipe, pieces, now_us=now_us)
        self._start_later(order, now_us)
        return order.released

    def arrive(self, asked: Asked, now_us: int) -> None:
        """Release an order that came by itself; without components it starts at once.

        Parameters
        ----------
        asked : Asked
            What is to be made.
        now_us : int
            Microseconds UTC.
        """
        recipe = self._recipes.of(asked.item, asked.site)
        pieces = asked.quantity
        if recipe.components:
            pieces = self._allowed(recipe, pieces)
        if pieces <= 0.0:
            return
        order = self._new_order(asked, recipe, pieces, now_us=now_us)
        if recipe.components:
            self._start_later(order, now_us)
        else:
            self._start(order, now_us)

    def _new_order(
        self, asked: Asked, recipe: Recipe, pieces: float, *, now_us: int
    ) -> ProductionOrder:
        n, name = next(self._numbers)
        names = self._engine.names
        if asked.name:
            name = names.index(asked.name)
        parent = names.index(asked.order) if asked.order else NONE
        due_us = NEVER if asked.due_us == NEVER else now_us + asked.due_us
        self._emit(
            (
                now_us, RELEASED, NONE, name,
                recipe.item_name, recipe.place_name, NONE, parent,
                pieces, asked.priority, NAN, due_us,
            )
        )  # fmt: skip
        order = ProductionOrder(
            n, name, asked.item, asked.site, recipe, pieces, asked.priority, due_us
        )
        order.released, order.made_for = pieces, parent
        self._engine.points.in_production[recipe.target] += pieces
        return order

    def _start_later(self, order: ProductionOrder, now_us: int) -> None:
        # Its components are taken now; rows tell of it a microsecond later.
        issues = self._issue(order, now_us + RESPONSE_US)

        def start(order: ProductionOrder, start_us: int) -> None:
            for row in issues:
                self._emit(row)
            self._start(order, start_us)

        key = tie_key(COMPLETION, self._entity, order.n)
        self._engine.schedule.call(now_us + RESPONSE_US, key, start, order)

    def _start(self, order: ProductionOrder, now_us: int) -> None:
        if not order.recipe.steps:
            order.pieces *= order.recipe.yield_rate
        self._next_step(order, now_us)

    def _allowed(self, recipe: Recipe, quantity: float) -> float:
        on_hand = self._engine.points.on_hand
        most = min(
            (on_hand[point] / per_unit for point, _, per_unit in recipe.components),
            default=quantity,
        )
        if most >= quantity:
            return quantity
        # Whole pieces stay whole; a hair below one is rounding.
        return float(np.floor(most + 1e-9)) if quantity.is_integer() else most

    def _issue(self, order: ProductionOrder, at_us: int) -> list[Row]:
        engine = self._engine
        rows: list[Row] = []
        for point, component, per_unit in order.recipe.components:
            used = min(order.pieces * per_unit, engine.points.on_hand[point])
            engine.points.on_hand[point] -= used
            rows.append(
                (
                    at_us, STOCK_MOVED, MOVE_ISSUE, NONE,
                    engine.item_names[component], engine.place_names[order.site],
                    NONE, order.name, used, NAN, NAN, NEVER,
                )
            )  # fmt: skip
        return rows

    def recipe(self, item: int, site: int) -> Recipe:
        """Return how an item is made at a site.

        Raises
        ------
        OptionError
            If it is not made there.
        """
        return self._recipes.of(item, site)

    def _next_step(
        self, order: ProductionOrder, now_us: int, machine: int = NONE
    ) -> None:
        steps = order.recipe.steps
        if order.recipe.samples:
            self._skip(order)
        if order.pieces <= 0.0 or order.step == len(steps):
            self._finish(order, now_us)
            return
        step = steps[order.step]
        # One draw for the order: its pieces are alike.
        unit_s = step.draws.at(order.draw_number)
        operation = Operation(order, step, unit_s * order.pieces, machine)
        self._park.enter(operation, step.group, now_us)

    def _skip(self, order: ProductionOrder) -> None:
        steps, uniform = order.recipe.steps, self._engine.sampler.uniform
        while order.pieces > 0.0 and order.step < len(steps):
            step = steps[order.step]
            if step.sampling_rate == 1.0 or (
                uniform(SAMPLING, step.row, order.draw_number) < step.sampling_rate
            ):
                return
            order.step += 1
            if order.step == len(steps):
                order.pieces *= order.recipe.yield_rate

    def _complete(self, operation: Operation, machine: Machine, now_us: int) -> None:
        order, step = operation.order, operation.step
        order.step += 1
        is_lost = operation.is_lost
        back = not is_lost and step.rework_rate > 0.0 and (
            self._engine.sampler.uniform(REWORK, step.row, order.draw_number)
            < step.rework_rate
        )  # fmt: skip
        good, rework = 0.0, NAN
        if not is_lost:
            rate = step.yield_rate
            if machine.wear_yield > 0.0:
                rate *= machine.yield_now(now_us)
            good = self._good(order, rate, step.row, back=back)
        scrap, order.pieces = order.pieces - good, good
        if back and good > 0.0:
            order.step = step.back
            order.visit += 1
            good, rework = 0.0, good
        self._emit(
            (
                now_us, COMPLETED, NONE, order.name,
                order.recipe.item_name, machine.name, step.name, NONE,
                good, scrap, rework, operation.started_us,
            )
        )  # fmt: skip
        self._next_step(order, now_us, machine.index)

    def _good(
        self, order: ProductionOrder, rate: float, row: int, *, back: bool
    ) -> float:
        if order.step == len(order.recipe.steps) and not back:
            rate *= order.recipe.yield_rate
        if rate == 1.0:
            return order.pieces
        expected = order.pieces * rate
        if not order.pieces.is_integer():
            return expected
        # Whole pieces stay whole, with the right mean.
        u = self._engine.sampler.uniform(SCRAP, row, order.draw_number)
        return float(np.floor(expected + u))

    def _finish(self, order: ProductionOrder, now_us: int) -> None:
        engine = self._engine
        engine.points.in_production[order.recipe.target] -= order.released
        for point, item, per_unit in order.recipe.outputs:
            quantity = order.pieces * per_unit
            if quantity > 0.0:
                engine.points.on_hand[point] += quantity
                self._emit(
                    (
                        now_us, STOCK_MOVED, MOVE_RECEIPT, NONE,
                        engine.item_names[item], NONE,
                        engine.place_names[order.site], order.name,
                        quantity, NAN, NAN, NEVER,
                    )
                )  # fmt: skip
                if order.made_for != NONE and point == order.recipe.target:
                    self._market.made_for(point, order.made_for, quantity)
                self._market.arrived(point, now_us)
        self._emit(
            (
                now_us, CLOSED, NONE, order.name, NONE, NONE, NONE, NONE,
                NAN, NAN, NAN, NEVER,
            )
        )  # fmt: skip
