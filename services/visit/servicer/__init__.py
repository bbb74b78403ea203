"""The RPCs, one file per proto service."""
