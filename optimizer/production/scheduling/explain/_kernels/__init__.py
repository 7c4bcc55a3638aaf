"""Compiled proofs that rules contradict each other."""
