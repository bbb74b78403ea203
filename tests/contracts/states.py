"""Every state machine of the services, wherever it stands."""

import importlib
import pkgutil
from functools import cache
from typing import Any

from services import registry
from services.chassis.lifecycle import Lifecycle


@cache
def lifecycles() -> list[tuple[str, str, Lifecycle[Any]]]:
    """(service, name, table) of each, found by walking the modules of all services."""
    found: dict[int, tuple[str, str, Lifecycle[Any]]] = {}
    for service in registry.NAMES:
        package = importlib.import_module(f"services.{service}")
        for module in pkgutil.walk_packages(package.__path__, f"services.{service}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Lifecycle):
                    found.setdefault(id(value), (service, name, value))
    return sorted(found.values(), key=lambda one: one[:2])
