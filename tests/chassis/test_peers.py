"""Asking another service: what goes along, what is asked once, and what becomes of a peer that is slow or away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from doorstep.identity.v1 import api_key_pb2, api_key_service_pb2, session_service_pb2, session_service_pb2_grpc
from services.chassis import credentials as credentials_module
from services.chassis.actor import Actor, CallerKind
from services.chassis.credentials import IdentityCredentials, Recent
from services.chassis.errors import CredentialsInvalid, DeadlineExceeded, DependencyUnavailable, NotFound
from services.chassis.ids import new_id
from services.chassis.peers import MAXIMUM_HOPS, Peers
from services.chassis.testing import Harness, refused
from services.chassis.testing.errors import Refusal
from services.chassis.tokens import ServiceTokens
from services.stack.ports import free_port
from tests.chassis import toy
from tests.chassis.contract import Ask, ToyStub
from tests.fixtures.identity import Identity, KeyUnknown
from tests.fixtures.servers import TestDatabase


class SessionGone(NotFound):
    """As a peer says that there is nothing."""

    reason = "NOT_FOUND"
    message = "there is no such session"


@pytest_asyncio.fixture
async def identity() -> Identity:
    return Identity()


@pytest_asyncio.fixture
async def served(
    identity: Identity, toy_database: TestDatabase, redis_url: str, toy_keys: Path
) -> AsyncIterator[Harness]:
    """The toy, which asks the stand-in about every credential."""
    async with Harness.open(
        [toy.build, identity.build],
        database_url=toy_database.url,
        redis_url=redis_url,
        keys_dir=toy_keys,
        credentials="identity",
    ) as harness:
        yield harness


@pytest.fixture
def peers(served: Harness) -> Peers:
    return served.resources.peers


def stub_of(peers: Peers) -> Any:
    service = "doorstep.identity.v1.SessionService"
    return session_service_pb2_grpc.SessionServiceStub(peers.channel("identity", service))


def question() -> session_service_pb2.CheckSessionRequest:
    return session_service_pb2.CheckSessionRequest(
        session_id=str(new_id()), user_id=str(new_id()), authorization_version=1
    )


class TestSessions:
    async def test_that_is_live_is_asked_about_once_in_a_while(self, served: Harness, identity: Identity) -> None:
        stub: Any = ToyStub(served.channel)
        token = served.token(organization_id=new_id())
        calls = (served.call(stub.Do, Ask(what="who"), token) for _ in range(20))
        assert len({answer.text for answer in await asyncio.gather(*calls)}) == 1
        assert identity.asked["CheckSession"] == 1

    async def test_that_has_ended_is_refused_once_the_answer_is_old(
        self, served: Harness, identity: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stub: Any = ToyStub(served.channel)
        token = served.token()
        monkeypatch.setattr(credentials_module, "FRESH", 0.0)
        await served.call(stub.Do, Ask(), token)
        identity.live = False
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await served.call(stub.Do, Ask(), token)
        assert Refusal.of(caught.value).code is grpc.StatusCode.UNAUTHENTICATED

    async def test_without_an_answer_nobody_is_let_in_and_the_next_one_asks_again(
        self, served: Harness, identity: Identity
    ) -> None:
        stub: Any = ToyStub(served.channel)
        token = served.token()
        identity.refusals = [DependencyUnavailable() for _ in range(20)]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await served.call(stub.Do, Ask(), token)
        assert Refusal.of(caught.value).code is grpc.StatusCode.UNAVAILABLE
        identity.refusals.clear()
        await served.call(stub.Do, Ask(), token)


class TestKeys:
    @pytest.mark.parametrize(
        ("kind", "caller"),
        [
            (api_key_pb2.API_KEY_KIND_SERVER, CallerKind.API_KEY),
            (api_key_pb2.API_KEY_KIND_DEVICE, CallerKind.DEVICE),
        ],
    )
    async def test_make_the_caller_that_identity_describes(
        self, peers: Peers, identity: Identity, kind: int, caller: CallerKind
    ) -> None:
        organization_id, key_id = new_id(), new_id()
        identity.keys["ds_live_one"] = api_key_service_pb2.VerifyApiKeyResponse(
            organization_id=str(organization_id), api_key_id=str(key_id), kind=kind, permissions=["property.read"]
        )
        expected = Actor(
            caller, organization_id=organization_id, key_id=key_id, permissions=frozenset({"property.read"})
        )
        asking = IdentityCredentials(peers)
        assert await asking.verify_key("ds_live_one") == expected
        assert await asking.verify_key("ds_live_one") == expected
        assert identity.asked["VerifyApiKey"] == 1

    async def test_of_nobody_are_remembered_too(self, peers: Peers, identity: Identity) -> None:
        asking = IdentityCredentials(peers)
        assert [await asking.verify_key("ds_live_none") for _ in range(3)] == [None] * 3
        assert identity.asked["VerifyApiKey"] == 1

    @pytest.mark.parametrize("key", ["ds_live_\N{SNOWMAN}", "x" * 201], ids=["not ASCII", "too long"])
    async def test_that_can_be_none_are_not_asked_about(self, peers: Peers, identity: Identity, key: str) -> None:
        assert await IdentityCredentials(peers).verify_key(key) is None
        assert not identity.asked

    async def test_errors_are_no_answer(self, peers: Peers, identity: Identity) -> None:
        asking = IdentityCredentials(peers)
        identity.refusals = [DependencyUnavailable() for _ in range(20)]
        with pytest.raises(DependencyUnavailable):
            await asking.verify_key("ds_live_none")
        identity.refusals.clear()
        assert await asking.verify_key("ds_live_none") is None


class TestRecent:
    async def test_forgets_the_oldest_answer_when_there_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(credentials_module, "CAPACITY", 2)
        asked: list[int] = []
        recent: Recent[int] = Recent()

        def about(number: int) -> Callable[[], Any]:
            async def ask() -> int:
                asked.append(number)
                return number

            return ask

        for number in (1, 2, 3, 3, 2, 1):
            assert await recent.get(number, about(number)) == number
        assert asked == [1, 2, 3, 1]


class TestCalls:
    async def test_say_whose_they_are_and_how_far_they_have_come(self, served: Harness, identity: Identity) -> None:
        stub: Any = ToyStub(served.channel)
        who = served.metadata(served.token(), x_doorstep_hops="2", x_request_id="01-of-the-caller")
        await stub.Do(Ask(), metadata=who, timeout=10)
        assert identity.heard["x-doorstep-hops"] == "1", "credentials are asked for in nobody's name"
        assert ServiceTokens.HEADER in identity.heard
        assert "authorization" not in identity.heard

    async def test_in_circles_end(self, served: Harness, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
        """A call that has passed MAXIMUM_HOPS services goes no further."""
        outcomes: list[Any] = []

        async def onward(_toy: object, what: str, number: int = 0) -> str:
            del number
            try:
                await served.resources.peers.call("identity", stub_of(served.resources.peers).CheckSession, question())
            except DependencyUnavailable as error:
                outcomes.append(error.text)
            else:
                outcomes.append((identity.heard["x-doorstep-hops"], "authorization" in identity.heard))
            return what

        monkeypatch.setattr(toy.Toy, "_act", onward)
        stub: Any = ToyStub(served.channel)
        token = served.token()
        for hops in ("2", str(MAXIMUM_HOPS), "many"):
            await stub.Do(Ask(), metadata=served.metadata(token, x_doorstep_hops=hops), timeout=10)
        assert outcomes == [("3", True), "calls between services go in circles", ("1", True)]

    async def test_for_somebody_who_has_just_left_are_refused_as_that(
        self, served: Harness, identity: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The caller was let in by an answer that is seconds old; the peer asks anew."""

        async def onward(_toy: object, what: str, number: int = 0) -> str:
            del number
            identity.refusals = [KeyUnknown()]
            await served.resources.peers.call("identity", stub_of(served.resources.peers).CheckSession, question())
            return what

        monkeypatch.setattr(toy.Toy, "_act", onward)
        stub: Any = ToyStub(served.channel)
        with refused(CredentialsInvalid):
            await served.call(stub.Do, Ask(), served.token())

    async def test_with_no_time_left_are_not_made(self, peers: Peers, identity: Identity) -> None:
        with pytest.raises(DeadlineExceeded):
            await peers.call("identity", stub_of(peers).CheckSession, question(), timeout=0.001)
        assert not identity.asked

    async def test_end_when_the_peer_takes_too_long(self, peers: Peers, identity: Identity) -> None:
        identity.pause = 30
        with pytest.raises(DeadlineExceeded):
            await peers.call("identity", stub_of(peers).CheckSession, question(), timeout=0.3)

    async def test_that_only_read_are_made_again(self, peers: Peers, identity: Identity) -> None:
        identity.refusals = [DependencyUnavailable(), DependencyUnavailable()]
        answer: Any = await peers.call("identity", stub_of(peers).CheckSession, question())
        assert answer.live
        assert identity.asked["CheckSession"] == 3

    async def test_of_a_second_proto_service_are_made_again_too(self, peers: Peers, identity: Identity) -> None:
        """What is retried is not what the first caller of the process named alone."""
        peers.channel("identity", "doorstep.identity.v1.ApiKeyService")
        identity.refusals = [DependencyUnavailable(), DependencyUnavailable()]
        assert await peers.call("identity", stub_of(peers).CheckSession, question())
        assert identity.asked["CheckSession"] == 3

    async def test_for_what_is_not_there_find_nothing(self, peers: Peers, identity: Identity) -> None:
        identity.refusals = [SessionGone()]
        assert await peers.find("identity", stub_of(peers).CheckSession, question()) is None
        assert await peers.find("identity", stub_of(peers).CheckSession, question())
        identity.refusals = [KeyUnknown()]
        with pytest.raises(grpc.aio.AioRpcError):
            await peers.find("identity", stub_of(peers).CheckSession, question())

    async def test_to_nobody_say_when_to_come_back(self) -> None:
        peers = Peers({"identity": f"127.0.0.1:{free_port()}"}, ServiceTokens("s" * 32))
        try:
            with pytest.raises(DependencyUnavailable) as caught:
                await peers.call("identity", stub_of(peers).CheckSession, question())
            assert caught.value.retry_after == 1
        finally:
            await peers.close()


async def test_a_process_that_stops_answers_itself_while_its_calls_end(
    identity: Identity, toy_database: TestDatabase, redis_url: str, toy_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that runs may still have to ask a service of its own process."""
    entered = asyncio.Event()
    async with Harness.open(
        [toy.build, identity.build],
        database_url=toy_database.url,
        redis_url=redis_url,
        keys_dir=toy_keys,
        grace_seconds=10,
    ) as harness:
        resources = harness.resources

        async def slowly(_toy: object, what: str, number: int = 0) -> str:
            del number
            entered.set()
            await resources.draining.wait()
            for _ in range(5):
                await asyncio.sleep(0.1)
                await resources.peers.call("identity", stub_of(resources.peers).CheckSession, question())
            return what

        monkeypatch.setattr(toy.Toy, "_act", slowly)
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{harness.process.port}")
        stub: Any = ToyStub(channel)
        call = asyncio.ensure_future(harness.call(stub.Do, Ask(what="done"), harness.token()))
        await asyncio.wait_for(entered.wait(), 10)
    assert (await call).text == "done"
    await channel.close()
