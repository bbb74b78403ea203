"""What a benchmark says: figures, and ratios held against goals."""

import importlib.metadata
import json
import platform
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

PACKAGES = ("grpcio", "protobuf", "asyncpg", "sqlalchemy", "fastapi", "pydantic", "numpy", "uvloop")


def versions() -> dict[str, str]:
    """What was measured with."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), "machine": platform.machine(), **found}


@dataclass
class Goal:
    """One figure held against what it should be."""

    name: str
    value: float
    goal: float
    at_least: bool
    """Whether more is better."""
    compared_with: str
    """The ceiling or rival of the same run, or the fixed bound."""
    unit: str = "ratio"

    @property
    def met(self) -> bool:
        """Whether the goal is reached in this run."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


@dataclass
class Result:
    """One benchmark's outcome."""

    name: str
    goals: list[Goal]
    figures: Mapping[str, Any]
    notes: str = ""
    versions: dict[str, str] = field(default_factory=versions)

    def as_json(self) -> str:
        """One object."""
        return json.dumps(
            {
                "name": self.name,
                "goals": [{**asdict(goal), "met": goal.met} for goal in self.goals],
                "figures": self.figures,
                "notes": self.notes,
                "versions": self.versions,
                "command": f"python -m tests.benchmarks {self.name} --json",
            },
            indent=2,
            default=str,
        )


def table(results: Iterable[Result]) -> None:
    """Print goals as a table."""
    shown = Table(title="Benchmarks (ratios of one run; see each one's JSON for the figures)")
    for column in ("benchmark", "what", "seen", "goal", "met", "compared with"):
        shown.add_column(column)
    for result in results:
        for goal in result.goals:
            sign = "≥" if goal.at_least else "≤"
            shown.add_row(
                result.name,
                goal.name,
                f"{goal.value:.3g} {goal.unit}",
                f"{sign} {goal.goal:g}",
                "yes" if goal.met else "NO",
                goal.compared_with,
            )
    Console(width=160).print(shown)


def percentile(values: list[float], percent: float) -> float:
    """The value below which `percent` of the values lie; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int = 3) -> dict[str, float]:
    """Run every side once per round, in turn, and return the median of each."""
    seen: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            seen[name].append(side())
    return {name: statistics.median(values) for name, values in seen.items()}
