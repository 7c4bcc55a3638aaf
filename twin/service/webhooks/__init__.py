"""Webhooks: others are told of what happens, signed, and asked again when they fail."""

from twin.service.webhooks.board import Webhooks
from twin.service.webhooks.kept import KINDS, Delivery, Happening, Webhook

__all__ = [
    "KINDS",
    "Delivery",
    "Happening",
    "Webhook",
    "Webhooks",
]
