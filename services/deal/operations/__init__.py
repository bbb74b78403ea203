"""The rules: one async function per RPC."""
