"""Seeded subjects that benchmarks run on."""
