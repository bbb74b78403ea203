"""Fixtures for every test: real servers, a fresh database for whoever asks, tokens of anybody."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from services.chassis.testing.harness import ISSUER, Harness
from services.chassis.tokens import KeyRing

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.suite"]


@pytest.fixture(scope="session")
def token_for() -> Callable[..., str]:
    """Make an access token with a key ring: `token_for(ring, permissions=[...], organization_id=...)`."""

    def make(ring: KeyRing, **who: Any) -> str:
        stand_in: Any = SimpleNamespace(
            settings=SimpleNamespace(issuer=ISSUER), resources=SimpleNamespace(key_ring=ring)
        )
        return Harness.token(stand_in, **who)

    return make
