"""Readers of routing problems, and routes as text."""
