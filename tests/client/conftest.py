"""A scripted identity server and a client of each kind."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from doorstep.identity.v1 import auth_service_pb2_grpc, user_service_pb2_grpc
from doorstep_client import Doorstep, DoorstepSync
from tests.client.serving import Auth, Users, served


@dataclass
class World:
    auth: Auth
    users: Users
    address: str


@pytest.fixture
async def world() -> AsyncIterator[World]:
    auth, users = Auth(), Users()
    async with served(
        lambda server: auth_service_pb2_grpc.add_AuthServiceServicer_to_server(auth, server),
        lambda server: user_service_pb2_grpc.add_UserServiceServicer_to_server(users, server),
    ) as (_, port):
        yield World(auth, users, f"http://127.0.0.1:{port}")


@pytest.fixture
async def client(world: World) -> AsyncIterator[Doorstep]:
    async with Doorstep(world.address) as found:
        yield found


@pytest.fixture
def blocking(world: World) -> Iterator[DoorstepSync]:
    with DoorstepSync(world.address) as found:
        yield found
