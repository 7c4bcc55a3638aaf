"""Bytes to columns and back: CloudEvents 1.0 as JSON."""

from streams.codec.decoded import REASONS, DecodedBatch, Rejected
from streams.codec.decoding import Decoder, DecoderCounters, decode
from streams.codec.encoding import encode, encode_batch, sequence_ids
from streams.codec.envelope import Envelope, format_times, parse_time

__all__ = [
    "REASONS",
    "DecodedBatch",
    "Decoder",
    "DecoderCounters",
    "Envelope",
    "Rejected",
    "decode",
    "encode",
    "encode_batch",
    "format_times",
    "parse_time",
    "sequence_ids",
]
