"""A live loop on network C, and events that call for a new plan."""
