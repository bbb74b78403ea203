"""Fixtures for every test: real servers, a fresh database for whoever asks, tokens of anybody."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest

from services.chassis.testing.harness import ISSUER, Harness
from services.chassis.tokens import KeyRing

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.suite", "tests.fixtures.patience"]

# How long an example takes to draw and to try says how busy the machine is, and nothing of what is tested.
hypothesis.settings.register_profile(
    "doorstep", hypothesis.settings(), deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("doorstep")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the running suite share a process of the test run, so that it is started once.

    The first of them starts it, which takes a busy machine longer than any other test has.
    """
    for item in items:
        if "suite" in getattr(item, "fixturenames", ()):
            for mark in (pytest.mark.xdist_group("suite"), pytest.mark.timeout(400)):
                if item.get_closest_marker(mark.name) is None:
                    item.add_marker(mark)


@pytest.fixture(scope="session")
def token_for() -> Callable[..., str]:
    """Make an access token with a key ring: `token_for(ring, permissions=[...], organization_id=...)`."""

    def make(ring: KeyRing, **who: Any) -> str:
        stand_in: Any = SimpleNamespace(
            settings=SimpleNamespace(issuer=ISSUER), resources=SimpleNamespace(key_ring=ring)
        )
        return Harness.token(stand_in, **who)

    return make
