"""The service: events in, state and answers out, over HTTP."""

from twin.service.options import ServiceOptions

__all__ = ["ServiceOptions"]
