"""A serving process of the laboratory: `python -m tests.benchmarks.serve BUILD...` (`package.module:build`).

Prints {"port": ...} once it listens, and stops on SIGTERM as any serving process does.
"""

import importlib
import json
import sys

import uvloop

import services  # noqa: F401 - chooses gRPC's listener before grpc is imported
from services.chassis.run import serve
from services.chassis.settings import Settings


def main() -> None:
    builds = [getattr(importlib.import_module(n.partition(":")[0]), n.partition(":")[2]) for n in sys.argv[1:]]
    settings = Settings(port=0)  # type: ignore[call-arg]  # the rest is in the environment
    uvloop.run(
        serve(settings, builds, names="bench", announce=lambda port: print(json.dumps({"port": port}), flush=True))
    )


if __name__ == "__main__":
    main()
