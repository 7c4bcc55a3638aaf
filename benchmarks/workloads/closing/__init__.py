"""The closed loop on network C: the plant, its baselines, episodes and the table."""
