"""Lot-sizing problems, public and generated, and how they are measured."""
