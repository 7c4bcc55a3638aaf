"""Stock: published values, and stockpyl in an environment of its own."""
