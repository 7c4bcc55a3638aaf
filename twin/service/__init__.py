"""The service: events in, state and answers out, over HTTP."""

from twin.service.options import ServiceOptions, WebhookOptions

__all__ = ["ServiceOptions", "WebhookOptions"]
