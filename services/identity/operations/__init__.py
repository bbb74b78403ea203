"""The rules of identity: one async function per RPC, one module per resource. No gRPC, no protobuf."""
