"""Print how many lines the last `make test` ran, by group, beside the goal of each.

Usage: python tools/covered.py

Coverage's own table says little of a part: what must not fail people is held to more than the rest.
"""

import pathlib
import sys

import coverage

ROOT = pathlib.Path(__file__).resolve().parent.parent
INGEST = "services/telemetry/"
GROUPS: dict[str, tuple[int, tuple[str, ...]]] = {
    "everything": (85, ("",)),
    "identity": (95, ("services/identity/",)),
    "chassis": (95, ("services/chassis/",)),
    "telemetry ingest": (
        95,
        (
            f"{INGEST}servicer/ingest.py",
            f"{INGEST}servicer/stream.py",
            f"{INGEST}operations/ingest.py",
            f"{INGEST}operations/storing.py",
            f"{INGEST}repository/committer.py",
            f"{INGEST}validation.py",
            f"{INGEST}wire.py",
        ),
    ),
}
"""The goal in percent of lines, and how the paths of a group begin."""


def lines(measured: coverage.Coverage) -> dict[str, tuple[int, int]]:
    """How many lines each file has, and how many of them were run."""
    found = {}
    for file in measured.get_data().measured_files():
        _, statements, _, missing, _ = measured.analysis2(file)
        path = pathlib.Path(file).relative_to(ROOT).as_posix()
        found[path] = (len(statements), len(statements) - len(missing))
    return found


def main() -> int:
    measured = coverage.Coverage()
    measured.load()
    counted = lines(measured)
    if not counted:
        print("nothing was measured")
        return 1
    print(f"{'lines run':<18}{'lines':>8}{'run':>8}{'share':>9}   goal")
    for group, (goal, beginnings) in GROUPS.items():
        inside = [numbers for path, numbers in counted.items() if path.startswith(beginnings)]
        total, run = (sum(numbers) for numbers in zip(*inside, strict=True))
        share = 100 * run / total
        print(f"{group:<18}{total:>8}{run:>8}{share:>8.2f}%   {goal}%{'' if share >= goal else ' MISSED'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
