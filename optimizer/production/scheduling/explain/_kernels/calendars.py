"""Calendars of machines: when work starts and ends around closed windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optimizer._kernels.compiling import kernel

if TYPE_CHECKING:
    from optimizer.production.scheduling.explain._kernels.plant import Plant

__all__ = ["after", "before", "last_start", "open_until", "opening"]


@kernel
def opening(p: Plant, m: int, at: int, duration: int, resumable: int) -> int:
    """Return the first time from `at` on at which a machine can start."""
    if duration == 0 or m < 0:
        return at
    need = 1 if resumable else duration
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_to[w] <= at or p.window_from[w] >= p.window_to[w]:
            continue
        if p.window_from[w] >= at + need:
            break
        at = p.window_to[w]
    return at


@kernel
def after(p: Plant, m: int, at: int, duration: int) -> int:
    """Return when a machine has worked some open time from `at` on."""
    if duration == 0 or m < 0:
        return at + duration
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_to[w] <= at or p.window_from[w] >= p.window_to[w]:
            continue
        free = max(p.window_from[w] - at, 0)
        if free >= duration:
            break
        duration -= free
        at = p.window_to[w]
    return at + duration


@kernel
def before(p: Plant, m: int, at: int, duration: int) -> int:
    """Return from when on a machine has worked some open time until `at`."""
    if duration == 0 or m < 0:
        return at - duration
    for w in range(p.window_start[m + 1] - 1, p.window_start[m] - 1, -1):
        if p.window_from[w] >= at or p.window_from[w] >= p.window_to[w]:
            continue
        free = max(at - p.window_to[w], 0)
        if free >= duration:
            break
        duration -= free
        at = p.window_from[w]
    return at - duration


@kernel
def last_start(p: Plant, m: int, end: int, duration: int, resumable: int) -> int:
    """Return the latest start of work that ends by a time."""
    if duration == 0 or m < 0:
        return end - duration
    if resumable:
        return before(p, m, end, duration)
    for w in range(p.window_start[m + 1] - 1, p.window_start[m] - 1, -1):
        if p.window_from[w] >= end or p.window_from[w] >= p.window_to[w]:
            continue
        if p.window_to[w] <= end - duration:
            break
        end = p.window_from[w]
    return end - duration


@kernel
def open_until(p: Plant, m: int, at: int) -> int:
    """Return how long a machine is open from 0 to a time."""
    total = at
    for w in range(p.window_start[m], p.window_start[m + 1]):
        if p.window_from[w] >= at:
            break
        total -= max(min(p.window_to[w], at) - p.window_from[w], 0)
    return total
