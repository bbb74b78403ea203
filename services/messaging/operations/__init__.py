"""The rules, one file per resource: one function per RPC, snake_case of its name."""
