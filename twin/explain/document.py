"""What is told of an order: what it waited for, what binds it, what could be done."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from twin.explain.causes import Causes
from twin.explain.tracing import Segment, Trace
from twin.explain.why import Why
from twin.masterplan import Shortage


def trace_document(found: Trace, short: Shortage | None) -> dict[str, Any]:
    """Return what an order waited for, as JSON can hold it.

    Parameters
    ----------
    found : Trace
        Of an order.
    short : Shortage or None
        What the plan says of its item, where it is never served.

    Returns
    -------
    dict
        Times in microseconds UTC.
    """
    binds = found.binds
    return {
        "order": found.order,
        "item": found.item,
        "site": found.site,
        "customer": found.customer,
        "asked_us": found.asked_us,
        "due_us": found.due_us,
        "delivered_us": found.delivered_us,
        "quantity": found.quantity,
        "shipped": found.shipped,
        "binds": None if binds is None else _segment(binds),
        "segments": [_segment(one) for one in found.segments],
        "shortage": None if short is None else asdict(short),
    }


def _segment(one: Segment) -> dict[str, Any]:
    words = {"text": one.text, "said": one.said.document(), "days": one.days}
    return asdict(one) | words


def why_document(found: Why) -> dict[str, Any]:
    """Return what stands in the JSON of `millstream why`.

    Parameters
    ----------
    found : Why
        Of an order.
    """
    return {
        "pegging": [asdict(one) for one in found.tree.sources],
        "constraint": None if found.binds is None else asdict(found.binds),
        "tried": [
            asdict(one.constraint)
            | {"served_us": one.served_us, "gain_days": one.gain_days}
            for one in found.tried
        ],
        "fixes": [
            {
                "text": fix.text,
                "said": fix.said.document(),
                "kind": fix.constraint.kind,
                "price": fix.price,
                "served_us": fix.served_us,
                "gain_days": fix.gain_days,
                "on_time": fix.on_time,
            }
            for fix in found.fixes
        ],
    }


def causes_document(found: Causes, time_text: Callable[[int], Any]) -> dict[str, Any]:
    """Return what stands in the JSON of `millstream diff` on why.

    Parameters
    ----------
    found : Causes
        Of two plans.
    time_text : callable
        Tells a time, microseconds UTC, as the document has it.
    """
    return {
        "differences": found.n_differences,
        "tried": found.n_tried,
        "causes": [
            {
                "order": cause.change.one.order,
                "customer": cause.change.customer,
                "item": cause.change.item,
                "site": cause.change.site,
                "asked": time_text(cause.change.asked_us),
                "what": cause.change.what,
                "whole": cause.is_whole,
                "ran_out": cause.ran_out,
                "because": [
                    {
                        "kind": one.kind,
                        "name": one.name,
                        "said": one.said.document(),
                        "since": time_text(one.since_us),
                    }
                    for one in cause.differences
                ],
            }
            for cause in found.causes
        ],
    }
