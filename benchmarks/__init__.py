"""Benchmarks of the hot paths: `python -m benchmarks --list`."""
