"""How long the fault tests go on: short in `make test`, long in `make faults`."""

import os

LONG = os.environ.get("DOORSTEP_FAULTS") == "long"


def times(short: int, long: int) -> int:
    """`short` in the test suite, `long` in `make faults`."""
    return long if LONG else short
