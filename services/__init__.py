"""Doorstep's services, what they share (`chassis`), and the commands that run them (`cli`, `stack`, `registry`)."""

import os

# grpcio 1.84 and 1.85 spend about twice the CPU of 1.76 on a unary call through their new event-engine listener.
# The older listener is still inside; it must be chosen before grpc is imported, hence here.
os.environ.setdefault("GRPC_EXPERIMENTS", "-event_engine_listener")
