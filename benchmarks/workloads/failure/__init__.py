"""Subjects of the benchmark `failure`."""
