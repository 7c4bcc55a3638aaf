"""Subjects of the benchmark `demand`."""
