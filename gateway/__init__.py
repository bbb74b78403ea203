"""The front door: an Envoy that speaks JSON, gRPC, gRPC-Web and server-sent events on one port.

Nothing is configured by hand. `config.bootstrap` is a pure function of typed settings and of the descriptor set: which
services are reachable, under which paths, whether a call may be retried, whether it streams. `runner.Gateway` starts
the result, exchanges it for another one without losing a call, and stops it.
"""
