"""The same suite without asyncio: the blocking client, and the stubs that protoc generates."""

from typing import Any
from uuid import uuid4

import grpc
import pytest

from doorstep.identity.v1 import auth_service_pb2, auth_service_pb2_grpc
from doorstep.property.v1 import search_service_pb2, search_service_pb2_grpc
from doorstep_client import DoorstepSync, NotFound, Unauthenticated
from doorstep_client.api.doorstep.identity.v1 import GetMeRequest, ListUsersRequest
from doorstep_client.api.doorstep.property.v1 import (
    CreatePropertyRequest,
    GetPropertyRequest,
    ListPropertiesRequest,
    Property,
    PropertyType,
)
from tests.journeys.conftest import People


class TestBlockingClient:
    def test_reads_and_writes(self, blocking: DoorstepSync) -> None:
        city = f"Blocking {uuid4().hex[:8]}"
        for _ in range(3):
            home = Property(property_type=PropertyType.RESIDENTIAL, city=city, country="US")
            key = str(uuid4())
            blocking.options(idempotency_key=key).properties.create_property(CreatePropertyRequest(property=home))
        request = ListPropertiesRequest(city=city, page_size=2)
        assert len(list(blocking.items(blocking.properties.list_properties, request))) == 3
        assert [len(page.properties) for page in blocking.pages(blocking.properties.list_properties, request)] == [2, 1]

    def test_errors(self, blocking: DoorstepSync) -> None:
        with pytest.raises(NotFound) as caught:
            blocking.properties.get_property(GetPropertyRequest(property_id=str(uuid4())))
        assert caught.value.reason == "PROPERTY_NOT_FOUND"

    def test_signing_out(self, people: People) -> None:
        with DoorstepSync(people.url) as client:
            client.sign_in(*people.credentials("buyer"))
            assert client.auth.get_me(GetMeRequest()).user is not None
            client.sign_out()
            with pytest.raises(Unauthenticated):
                client.users.list_users(ListUsersRequest())


@pytest.fixture(scope="session")
def grpc_addr(people: People) -> str:
    """Where pytest-grpc's fixtures call: the suite instead of a server of its own."""
    return people.url.removeprefix("http://")


@pytest.fixture(scope="session")
def grpc_server() -> None:
    """There is one already."""


@pytest.fixture(scope="session")
def grpc_stub_cls() -> Any:
    """What `grpc_stub` is made of."""
    return auth_service_pb2_grpc.AuthServiceStub


class TestStubs:
    def test_sign_in_and_me(self, grpc_stub: Any, people: People) -> None:
        email, password = people.credentials("seller")
        answer = grpc_stub.Login(auth_service_pb2.LoginRequest(email=email, password=password), timeout=10)
        metadata = (("authorization", f"Bearer {answer.access_token}"),)
        me = grpc_stub.GetMe(auth_service_pb2.GetMeRequest(), metadata=metadata, timeout=10)
        assert me.user.email == email
        assert list(me.roles) == ["seller"]

    def test_without_credentials(self, grpc_stub: Any) -> None:
        with pytest.raises(grpc.RpcError) as caught:
            grpc_stub.GetMe(auth_service_pb2.GetMeRequest(), timeout=10)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED

    def test_another_channel(self, grpc_create_channel: Any) -> None:
        with grpc_create_channel() as channel:
            stub = search_service_pb2_grpc.SearchServiceStub(channel)
            stub.SearchProperties(search_service_pb2.SearchPropertiesRequest(page_size=1), timeout=10)

    def test_on_the_client_s_channel(self, blocking: DoorstepSync, people: People) -> None:
        stub = auth_service_pb2_grpc.AuthServiceStub(blocking.channel)
        assert stub.GetMe(auth_service_pb2.GetMeRequest()).user.email == people.credentials("agent")[0]
