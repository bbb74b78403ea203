"""`python -m tests.benchmarks [NAME ...] [--json]`: measure, and print a table or one JSON object per benchmark."""

import argparse
import importlib
import sys

from tests.benchmarks.report import Result, table

NAMES = (
    "unary",
    "json",
    "search",
    "cache",
    "session_reads",
    "watch",
    "fanout",
    "notices",
    "ingest",
    "streams",
    "bookings",
    "ledger",
    "deals",
    "jobs",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="print one object per benchmark instead of a table")
    chosen = parser.parse_args()
    results: list[Result] = []
    for name in chosen.names or NAMES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        result: Result = importlib.import_module(f"tests.benchmarks.{name}").measure()
        results.append(result)
        if chosen.json:
            print(result.as_json(), flush=True)
    if not chosen.json:
        table(results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
