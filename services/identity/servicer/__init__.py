"""The RPCs of identity, one module per proto service: open a transaction, call one operation, map the answer."""
