"""The transport: one method per RPC."""
