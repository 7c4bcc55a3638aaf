"""Files of inventory problems: own JSON, and tables of stages."""

from optimizer.inventory.formats.own import InventoryFile, read_inventory
from optimizer.inventory.formats.stages import read_stages

__all__ = ["InventoryFile", "read_inventory", "read_stages"]
