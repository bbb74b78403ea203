"""The ways out of the house: the port, and its adapters."""
