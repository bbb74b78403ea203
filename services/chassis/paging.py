"""Keyset paging: opaque, signed tokens that are good for one question of one caller only (AIP-158).

A token holds the sort key of the last row seen. It is bound to the method, the caller and every field of the request
but `page_size` and `page_token`, so that it cannot be carried to another filter, order or tenant.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from services.chassis.actor import current_actor
from services.chassis.errors import InvalidPageToken

DEFAULT_SIZE = 20
MAXIMUM_SIZE = 100

T = TypeVar("T")
_MAC = 16
"""Bytes of the truncated HMAC-SHA256: 128 bits are beyond guessing."""


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T]):
    """One page: rows, and the token of the next page, empty after the last."""

    items: list[T]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is asked for."""

    size: int
    after: tuple[Any, ...] | None
    seal: Callable[[tuple[Any, ...]], str]

    def cut(self, rows: list[T], *, key: Callable[[T], tuple[Any, ...]]) -> PageOf[T]:
        """Make a page of up to `size + 1` rows: the extra one only tells that there is more."""
        more = len(rows) > self.size
        items = rows[: self.size]
        return PageOf(items, self.seal(key(items[-1])) if more else "")


class PageTokens:
    """Reads and writes page tokens with the process's secret."""

    def __init__(self, secret: str) -> None:
        """All replicas must share `secret`."""
        self._secret = secret.encode()

    def page(self, request: Message) -> Page:
        """Read the paging fields of a request that has `page_size` and `page_token`.

        Raises:
            InvalidPageToken: edited, or made for another question or caller.
        """
        size = min(request.page_size or DEFAULT_SIZE, MAXIMUM_SIZE)  # type: ignore[attr-defined]
        token: str = request.page_token  # type: ignore[attr-defined]
        question = _question(request)
        after = self._open(token, question) if token else None
        return Page(size, after, lambda key: self._seal(key, question))

    def _mac(self, payload: bytes, question: bytes) -> bytes:
        return hmac.digest(self._secret, question + payload, "sha256")[:_MAC]

    def _seal(self, key: tuple[Any, ...], question: bytes) -> str:
        payload = json.dumps([_pack(v) for v in key], separators=(",", ":")).encode()
        return _text(self._mac(payload, question) + payload)

    def _open(self, token: str, question: bytes) -> tuple[Any, ...]:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError as error:
            raise InvalidPageToken from error
        mac, payload = raw[:_MAC], raw[_MAC:]
        if _text(raw) != token:  # the decoder overlooks stray characters; one page has one token
            raise InvalidPageToken
        if not hmac.compare_digest(mac, self._mac(payload, question)):
            raise InvalidPageToken
        return tuple(_unpack(v) for v in json.loads(payload))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _question(request: Message) -> bytes:
    """What a token is bound to: request type (one per method), its fields without the paging ones, and the caller."""
    bare = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("page_size")
    bare.ClearField("page_token")
    actor = current_actor()
    who = f"{request.DESCRIPTOR.full_name}|{actor.identity}|{actor.organization_id}|".encode()
    return hashlib.sha256(who + bare.SerializeToString(deterministic=True)).digest()


def _pack(value: Any) -> Any:
    match value:
        case UUID():
            return {"u": value.hex}
        case datetime():
            return {"t": value.isoformat()}
        case Decimal():
            return {"d": str(value)}
        case _:
            return value


def _unpack(value: Any) -> Any:
    match value:
        case {"u": text}:
            return UUID(hex=text)
        case {"t": text}:
            return datetime.fromisoformat(text)
        case {"d": text}:
            return Decimal(text)
        case _:
            return value
