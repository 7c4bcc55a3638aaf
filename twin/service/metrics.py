"""The numbers of a service, as readings of metrics."""

from collections.abc import Iterator

from twin.service.places import Places
from twin.telemetry.metrics import Reading


def readings_of(places: Places) -> Iterator[Reading]:
    """Take the readings of all tenants.

    Parameters
    ----------
    places : Places
        The service.

    Yields
    ------
    Reading
        Label `shard` is the tenant.
    """
    for tenant in places.tenants.values():
        at = {"shard": tenant.name}
        now = tenant.follower.progress()
        yield Reading("millstream_records_read_total", now.read, at)
        yield Reading("millstream_events_applied_total", now.applied, at)
        yield Reading("millstream_events_waiting", now.waiting, at)
        yield Reading("millstream_listeners", len(tenant.hub), at)
        yield Reading("millstream_records_behind", now.behind, at)
        for reason, n_letters in now.dead_letters.items():
            yield Reading(
                "millstream_dead_letters_total", n_letters, {**at, "reason": reason}
            )
        delay_us = max(0, now.latest_us - now.watermark_us) if now.latest_us else 0
        yield Reading("millstream_watermark_delay_seconds", delay_us / 1e6, at)
