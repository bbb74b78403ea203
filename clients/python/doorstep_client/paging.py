"""Reads lists to their end, whatever method lists them."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from typing import Any, TypeVar, cast

import betterproto2

Q = TypeVar("Q", bound=betterproto2.Message)
R = TypeVar("R", bound=betterproto2.Message)


@cache
def items_field(response: type[betterproto2.Message]) -> str:
    """Name of the field that holds the page: the first repeated one (AIP-158).

    Raises:
        TypeError: the message is not a page.
    """
    fields = {f.name: f.metadata["betterproto"] for f in dataclasses.fields(cast("Any", response))}
    repeated = [(meta.number, name) for name, meta in fields.items() if meta.repeated]
    if not repeated or "next_page_token" not in fields:
        raise TypeError(f"{response.__name__} is not the answer of a method that lists")
    return min(repeated)[1]


def items_of(page: betterproto2.Message) -> list[Any]:
    """What the page holds."""
    found: list[Any] = getattr(page, items_field(type(page)))
    return found


def _next(request: Q, page: betterproto2.Message) -> Q | None:
    items_field(type(page))  # refuses methods that do not list
    token: str = page.next_page_token  # type: ignore[attr-defined]
    if not token:
        return None
    if token == request.page_token:  # type: ignore[attr-defined]
        raise RuntimeError("the server answered with the page token that it was asked with")
    return cast("Q", dataclasses.replace(cast("Any", request), page_token=token))


async def pages(method: Callable[[Q], Awaitable[R]], request: Q) -> AsyncIterator[R]:
    """Every page, from the one that `request` asks for; each is asked for when it is wanted."""
    following: Q | None = request
    while following is not None:
        page = await method(following)
        yield page
        following = _next(following, page)


async def items(method: Callable[[Q], Awaitable[R]], request: Q) -> AsyncIterator[Any]:
    """Every item of every page."""
    async for page in pages(method, request):
        for item in items_of(page):
            yield item


def pages_sync(method: Callable[[Q], R], request: Q) -> Iterator[R]:
    """As `pages`, blocking."""
    following: Q | None = request
    while following is not None:
        page = method(following)
        yield page
        following = _next(following, page)


def items_sync(method: Callable[[Q], R], request: Q) -> Iterator[Any]:
    """As `items`, blocking."""
    for page in pages_sync(method, request):
        yield from items_of(page)
