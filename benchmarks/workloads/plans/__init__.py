"""What the benchmark of plans plays."""
