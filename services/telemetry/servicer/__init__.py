"""The RPCs of telemetry, one module per proto service."""
