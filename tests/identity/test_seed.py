"""The demo people: random passwords, made once, kept for the owner of the data folder alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from doorstep.identity.v1 import api_key_service_pb2, auth_service_pb2
from services.chassis.app import Resources
from services.chassis.demo import ORGANIZATION_ID, PEOPLE, SignIns
from services.chassis.settings import Environment
from services.chassis.testing import refused
from services.identity.errors import InvalidCredentials
from services.identity.seed import DemoRefused, seed
from tests.identity.conftest import House


@pytest.fixture
def resources(house: House) -> Callable[..., Resources]:
    def make(**settings: object) -> Resources:
        served = house.harness.resources
        return replace(served, settings=served.settings.model_copy(update=settings))

    return make


async def test_people_sign_in_with_what_the_file_says(
    house: House, resources: Callable[..., Resources], tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    await seed(resources(demo_file=file))
    first = SignIns.read(file)
    assert first is not None
    assert file.stat().st_mode & 0o777 == 0o600
    for person in PEOPLE:
        answer = await house.login(person.email, first.passwords[person.email])
        assert answer.organization_id == str(ORGANIZATION_ID)
        me = await house.call(house.auth.GetMe, auth_service_pb2.GetMeRequest(), answer.access_token)
        assert list(me.roles) == [person.role]
    key = await house.call(
        house.keys.VerifyApiKey, api_key_service_pb2.VerifyApiKeyRequest(api_key=first.device_key), service="identity"
    )
    assert key.organization_id == str(ORGANIZATION_ID)
    assert list(key.permissions) == ["telemetry.ingest"]

    await seed(resources(demo_file=file))
    assert SignIns.read(file) == first
    await house.login(PEOPLE[0].email, first.passwords[PEOPLE[0].email])

    # A folder that an older release made knows fewer people.
    newcomer = PEOPLE[-1].email
    replace(first, passwords={e: p for e, p in first.passwords.items() if e != newcomer}).keep(file)
    await seed(resources(demo_file=file))
    grown = SignIns.read(file)
    assert grown is not None
    assert grown.passwords.keys() == first.passwords.keys()
    assert {**grown.passwords, newcomer: ""} == {**first.passwords, newcomer: ""}

    file.unlink()
    await seed(resources(demo_file=file))
    second = SignIns.read(file)
    assert second is not None
    assert second != first
    await house.login(PEOPLE[0].email, second.passwords[PEOPLE[0].email])
    with refused(InvalidCredentials):
        await house.login(PEOPLE[0].email, first.passwords[PEOPLE[0].email])


async def test_not_in_production(resources: Callable[..., Resources], tmp_path: Path) -> None:
    with pytest.raises(DemoRefused):
        await seed(resources(environment=Environment.PRODUCTION, demo_file=tmp_path / "demo.json"))
    assert not (tmp_path / "demo.json").exists()
