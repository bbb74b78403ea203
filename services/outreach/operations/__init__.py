"""The rules, a file per resource: one function per RPC and per step of a job."""
