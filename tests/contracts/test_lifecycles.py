"""States as tables: the code, the proto and the database say the same."""

import re
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from google.protobuf import descriptor_pool

from services import registry
from services.chassis.errors import StateRefused
from services.chassis.lifecycle import Lifecycle
from tests.contracts.states import lifecycles
from tests.contracts.walk import files, rpcs
from tests.fixtures.servers import TestDatabase

NO_RPC = {
    "expire": "time does it",
    "confirm": "ApproveVisit does it, for one of several who all have to agree",
    "lapse": "the acceptance of another offer does it",
    "fall_through": "the cancellation of its deal does it",
    "abandon": "time does it: the headset fell silent",
    "hold": "the payment provider tells it",
    "settle_refund": "the payment provider tells it",
    "fail_refund": "the payment provider tells it",
    "return_refund": "the payment provider tells it",
    "settle_payout": "the payment provider tells it",
    "fail_payout": "the payment provider tells it",
    "start": "the job does it when it begins",
    "finish": "the job does it when it ends",
    "succeed": "the job does it when it ends",
    "fail": "the job does it when it ends",
    "defer": "the job does it when a provider cannot take a message now",
    "lose": "the job does it when it cannot know whether a message was sent",
    "supersede": "an import does it, which brings a newer listing of the house",
    "suppress": "the job does it when a message must not be sent",
}
"""Verbs that no caller can say."""


ALL = lifecycles()


def _constant(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def test_there_are_some() -> None:
    assert len(ALL) >= 5


@pytest.mark.parametrize(("service", "name", "lifecycle"), ALL, ids=[f"{s}.{n}" for s, n, _ in ALL])
class TestEvery:
    def test_its_states_are_those_of_the_proto(self, service: str, name: str, lifecycle: Lifecycle[Any]) -> None:
        enum = lifecycle.states.__name__
        files()
        declared = descriptor_pool.Default().FindEnumTypeByName(f"doorstep.{service}.v1.{enum}")
        prefix = _constant(enum) + "_"
        values = {v.name.removeprefix(prefix) for v in declared.values} - {"UNSPECIFIED"}
        assert values == {state.name for state in lifecycle.states}

    def test_every_state_can_be_reached(self, service: str, name: str, lifecycle: Lifecycle[Any]) -> None:
        reached = set(lifecycle.start)
        while True:
            more = {t.to for t in lifecycle.transitions if t.frm & reached} - reached
            if not more:
                break
            reached |= more
        assert reached == set(lifecycle.states)

    def test_its_verbs_are_rpcs(self, service: str, name: str, lifecycle: Lifecycle[Any]) -> None:
        own = {package.split(".")[1] for package in registry.packages(service)}
        names = {_constant(rpc.method.name).lower() for rpc in rpcs() if rpc.package in own}
        for verb in lifecycle.verbs:
            words = verb.split("_")
            assert verb in NO_RPC or any(
                n.split("_")[: len(words)] == words or n.split("_")[0] == verb or _between(words, n.split("_"))
                for n in names
            ), f"{verb} is no RPC of {service}"

    def test_every_refusal_names_the_state(self, service: str, name: str, lifecycle: Lifecycle[Any]) -> None:
        table = lifecycle.as_table()
        for verb in lifecycle.verbs:
            for state in lifecycle.states:
                if (verb, state) in table:
                    assert lifecycle.target(verb, state) is table[(verb, state)]
                    continue
                with pytest.raises(StateRefused) as caught:
                    lifecycle.target(verb, state)
                assert caught.value.metadata["state"] == state.name
                allowed = caught.value.metadata["allowed_states"].split(",")
                assert set(allowed) == {s.name for s in lifecycle.allowed_from(verb)}
                assert caught.value.reason

    def test_its_diagram_shows_every_way(self, service: str, name: str, lifecycle: Lifecycle[Any]) -> None:
        diagram = lifecycle.mermaid()
        for (verb, state), to in lifecycle.as_table().items():
            assert f"{state.name} --> {to.name}: {verb}" in diagram


def _between(words: list[str], name: list[str]) -> bool:
    """`mark_under_contract` is MarkListingUnderContract: the verb around the noun."""
    return len(words) > 1 and name[0] == words[0] and name[-len(words) + 1 :] == words[1:]


async def test_the_database_admits_these_states_and_no_others(clone_database: Callable[[], TestDatabase]) -> None:
    connection = await asyncpg.connect(clone_database().superuser_url)
    try:
        rows = await connection.fetch(
            "SELECT n.nspname, pg_get_constraintdef(k.oid) AS text FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE k.contype = 'c' AND NOT c.relispartition"
        )
    finally:
        await connection.close()
    checks: dict[str, list[frozenset[str]]] = {}
    for row in rows:
        for listed in re.findall(r"= ANY \((?:\()?ARRAY\[([^\]]+)\]", row["text"]):
            checks.setdefault(row["nspname"], []).append(frozenset(re.findall(r"'([^']+)'", listed)))
    for service, name, lifecycle in ALL:
        assert frozenset(str(s) for s in lifecycle.states) in checks.get(service, []), f"{service}.{name} has no CHECK"
