"""Every SQL statement of telemetry, one module per concern."""
