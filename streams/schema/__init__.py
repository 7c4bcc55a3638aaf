"""The wire contract of events for others: JSON Schema, AsyncAPI, Arrow columns."""

from streams.schema.arrow_columns import arrow_columns, arrow_schema
from streams.schema.asyncapi import asyncapi_document
from streams.schema.json_schema import data_schema, event_schema

__all__ = [
    "arrow_columns",
    "arrow_schema",
    "asyncapi_document",
    "data_schema",
    "event_schema",
]
