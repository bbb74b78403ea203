"""The services there are. To add one: its name here, its folder, its history under `migrations/`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that only need the names stay quick
    from services.chassis.app import App, Resources

NAMES: tuple[str, ...] = (
    "identity",
    "property",
    "telemetry",
    "visit",
    "deal",
    "partnership",
    "messaging",
    "outreach",
    "tasks",
)
"""In the order in which they are migrated, seeded and started."""

PACKAGES: dict[str, tuple[str, ...]] = {"telemetry": ("doorstep.telemetry", "doorstep.vr")}
"""Protobuf packages by service, where it serves others than `doorstep.<name>`."""


def packages(name: str) -> tuple[str, ...]:
    """The protobuf packages that a service serves, sub-packages included."""
    return PACKAGES.get(name, (f"doorstep.{name}",))


class Builder:
    """Builds one service; imports it only then, so that a process holds no more than it runs."""

    def __init__(self, name: str) -> None:
        """Name the service.

        Raises:
            KeyError: there is no such service.
        """
        if name not in NAMES:
            raise KeyError(name)
        self.name = name

    def __call__(self, resources: Resources) -> App:
        """Call the `build` of `services/<name>/app.py`."""
        app: App = importlib.import_module(f"services.{self.name}.app").build(resources)
        return app
