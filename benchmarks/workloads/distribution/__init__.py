"""Locations and shipments, and the programs that others solve."""
