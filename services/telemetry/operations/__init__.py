"""What telemetry decides, one module per concern; no gRPC, no protobuf services, no SQL."""
