"""A twin, its intake and its checkpoints in a world that a seed decides all of."""
