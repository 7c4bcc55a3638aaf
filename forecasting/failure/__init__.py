"""Failures of machines: how long they last, how sure that is, when to step in."""
