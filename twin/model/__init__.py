"""The network as given: its tables, their validation, their arrays."""

from twin.model.network import Network, build, load

__all__ = ["Network", "build", "load"]
