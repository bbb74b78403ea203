"""Page tokens are good for one question of one caller; a walk sees each row once."""

import asyncio
import base64
from typing import Any
from uuid import UUID

import pytest

from services.chassis.errors import InvalidFields, InvalidPageToken
from services.chassis.ids import new_id
from services.chassis.paging import PageTokens
from services.chassis.testing import refused
from tests.chassis.conftest import World
from tests.chassis.contract import Ask


@pytest.fixture
async def shelf(world: World) -> tuple[str, list[str]]:
    """A token of an organisation with 45 rows, and their ids in the order of rank."""
    token = world.harness.token(organization_id=new_id())
    rows = [await world.call("Make", "row", token=token, number=n // 4) for n in range(45)]
    ranked = sorted((n // 4, UUID(row.text)) for n, row in enumerate(rows))
    return token, [str(i) for _, i in ranked]


async def walk(world: World, token: str, what: str = "", size: int = 7) -> list[list[str]]:
    pages, page_token = [], ""
    while True:
        page = await world.call("List", what, token=token, page_size=size, page_token=page_token)
        pages.append(list(page.items))
        page_token = page.next_page_token
        if not page_token:
            return pages


@pytest.mark.parametrize("size", [1, 7, 44, 45, 46, 100])
async def test_a_walk_sees_every_row_once_and_in_order(world: World, shelf: Any, size: int) -> None:
    token, ids = shelf
    pages = await walk(world, token, size=size)
    assert [i for page in pages for i in page] == ids
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize("order", ["down", "mixed", "time"])
async def test_in_other_orders(world: World, shelf: Any, order: str) -> None:
    token, ids = shelf
    found = [i for page in await walk(world, token, order) for i in page]
    assert sorted(found) == sorted(ids)
    if order == "down":
        assert found == ids[::-1]


async def test_sizes(world: World, shelf: Any) -> None:
    token, _ = shelf
    assert len((await world.call("List", token=token)).items) == 20
    assert len((await world.call("List", token=token, page_size=100_000)).items) == 45
    with refused(InvalidFields):
        await world.call("List", token=token, page_size=-1)


async def test_a_walk_while_rows_are_added_loses_and_repeats_nothing(world: World, shelf: Any) -> None:
    token, ids = shelf
    stop = asyncio.Event()

    async def add() -> None:
        n = 0
        while not stop.is_set():
            n += 1
            await world.call("Make", "late", token=token, number=n % 12)

    adding = [asyncio.ensure_future(add()) for _ in range(2)]
    try:
        for _ in range(3):
            found = [i for page in await walk(world, token, size=4) for i in page]
            assert len(found) == len(set(found))
            assert set(ids) <= set(found)
            assert [i for i in found if i in set(ids)] == ids
    finally:
        stop.set()
        await asyncio.gather(*adding)


class TestTokens:
    @pytest.fixture
    async def given(self, world: World, shelf: Any) -> tuple[str, str]:
        token, _ = shelf
        return token, (await world.call("List", token=token, page_size=5)).next_page_token

    async def test_any_size_may_follow(self, world: World, given: Any) -> None:
        token, page_token = given
        assert len((await world.call("List", token=token, page_size=9, page_token=page_token)).items) == 9

    async def test_every_edit_is_refused(self, world: World, given: Any) -> None:
        token, page_token = given
        edits = {page_token[:n] + ("A" if c != "A" else "B") + page_token[n + 1 :] for n, c in enumerate(page_token)}
        edits |= {page_token[:-1], page_token + "A", page_token + "=", page_token + "!", "!" + page_token}
        edits |= {
            "x",
            "====",
            "é",
            "\0",
            " " + page_token,
            base64.urlsafe_b64encode(bytes(40)).decode(),
            page_token * 50,
        }
        for edit in edits:
            with refused(InvalidPageToken):
                await world.call("List", token=token, page_size=5, page_token=edit)

    async def test_another_filter_is_refused(self, world: World, given: Any) -> None:
        token, page_token = given
        for how in ({"what": "down"}, {"number": 1}, {"names": ["a"]}):
            with refused(InvalidPageToken):
                await world.call("List", token=token, page_token=page_token, **how)

    async def test_another_caller_is_refused(self, world: World, given: Any) -> None:
        _, page_token = given
        with refused(InvalidPageToken):
            await world.call("List", token=world.harness.token(organization_id=new_id()), page_token=page_token)

    async def test_the_same_user_in_another_organisation_is_refused(self, world: World) -> None:
        user = new_id()
        here, there = (world.harness.token(organization_id=new_id(), user_id=user) for _ in range(2))
        for n in range(3):
            await world.call("Make", "row", token=here, number=n)
        page_token = (await world.call("List", token=here, page_size=1)).next_page_token
        with refused(InvalidPageToken):
            await world.call("List", token=there, page_size=1, page_token=page_token)

    async def test_another_secret_is_refused(self, world: World, given: Any) -> None:
        _, page_token = given
        with pytest.raises(InvalidPageToken):
            PageTokens("another-secret-that-is-long-enough-too").page(Ask(page_token=page_token))

    @pytest.mark.parametrize("key", [(1, "ü", None, True, 2**60, 1.5), (new_id(),), ("",)])
    def test_keys_come_back_as_they_were(self, key: tuple[Any, ...]) -> None:
        tokens = PageTokens("a-secret-that-is-long-enough-for-this")
        sealed = tokens.page(Ask()).seal(key)
        assert tokens.page(Ask(page_token=sealed)).after == key
