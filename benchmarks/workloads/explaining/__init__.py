"""Plans of small random networks, with orders that are late for some reason."""
