"""The chain that every RPC passes, of all four kinds. The order and its reasons stand in `chain.py`."""
