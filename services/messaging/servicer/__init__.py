"""One method per RPC: open a transaction, call one operation, map the answer."""
