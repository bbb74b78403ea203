"""The same call twice has one effect and one answer.

A mutating unary call may carry `idempotency-key`. Its answer is stored in the transaction that makes the change: the
lock is taken when the transaction begins, and its commit is put off until the servicer has returned the answer. A
timeout on COMMIT says nothing about what happened, so this is the only way for a caller to find out.

An answer may hold what is shown once (a new API key), so the table keeps neither it nor the caller's key in the clear:
the key is stored as a digest, the answer encrypted under the key itself, which only the caller has.

Key, caller and a fingerprint of the request identify a call: the same key with another request is refused, a key of
another caller is another key, and a call that is still running is answered ABORTED with a retry hint.
"""

import hashlib
import os
from contextvars import ContextVar
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.errors import IdempotencyInProgress, IdempotencyKeyReused

RETENTION = timedelta(hours=24)
_NONCE = 12
_LOCK_SPACE = 4711
"""Keeps these advisory locks apart from others."""


class ReplayAnswer(Exception):
    """The call was made before; `response` is its serialised answer."""

    def __init__(self, response: bytes) -> None:
        super().__init__("replayed")
        self.response = response


class Guard:
    """One call with an idempotency key, from its transaction's begin to its commit."""

    def __init__(self, *, key: str, caller: str, method: str, organization_id: UUID | None, request: bytes) -> None:
        self.key = hashlib.sha256(f"{caller}\0{key}".encode()).hexdigest()
        """What the table knows of the caller's key."""
        self._cipher = AESGCM(hashlib.sha256(f"answer\0{caller}\0{key}".encode()).digest())
        self.caller = caller
        # With the organisation: a user of two must not get the one's answer in the other.
        self.fingerprint = hashlib.sha256(f"{method}\0{organization_id}\0".encode() + request).digest()
        self.begun = False
        """Whether a transaction has asked what is stored."""
        self._session: AsyncSession | None = None
        self._schema = ""

    async def begin(self, session: AsyncSession, schema: str) -> None:
        """Claim the key in a transaction that has just begun.

        Raises:
            ReplayAnswer: the call was made before.
            IdempotencyInProgress: it is being made now.
            IdempotencyKeyReused: the key belongs to another request.
        """
        self.begun = True
        if self._session is not None:
            await self.finish(None)  # a second transaction in one call: the first one is done
        locked = await session.scalar(
            text("SELECT pg_try_advisory_xact_lock(:space, hashtext(:name))"),
            {"space": _LOCK_SPACE, "name": f"{schema}/{self.caller}/{self.key}"},
        )
        if not locked:
            raise IdempotencyInProgress(retry_after=0.2)
        row = await self._stored(session, schema)
        if row is not None:
            if row.fingerprint != self.fingerprint:
                raise IdempotencyKeyReused
            raise ReplayAnswer(self._open(row.response))
        self._schema = schema

    async def answer(self, session: AsyncSession, schema: str) -> bytes | None:
        """The answer of this very call, if it was made before."""
        row = await self._stored(session, schema)
        return None if row is None or row.fingerprint != self.fingerprint else self._open(row.response)

    async def _stored(self, session: AsyncSession, schema: str) -> Any:
        return (
            await session.execute(
                text(
                    f"SELECT fingerprint, response FROM {schema}.idempotency_keys "  # noqa: S608 - our own schema name
                    "WHERE caller = :caller AND key = :key AND create_time > now() - CAST(:retention AS interval)"
                ),
                {"caller": self.caller, "key": self.key, "retention": RETENTION},
            )
        ).one_or_none()

    def defer(self, session: AsyncSession) -> None:
        """Keep the transaction open until the answer is known."""
        self._session = session

    async def finish(self, response: bytes | None) -> None:
        """Store the answer with the change, and commit both.

        `None` commits the change alone (the call goes on with another transaction).
        """
        from services.chassis.db.database import commit  # noqa: PLC0415 - database builds on this module

        session, self._session = self._session, None
        if session is None:
            return
        try:
            if response is not None:
                await session.execute(
                    text(
                        f"INSERT INTO {self._schema}.idempotency_keys (caller, key, fingerprint, response) "  # noqa: S608
                        "VALUES (:caller, :key, :fingerprint, :response) ON CONFLICT (caller, key) DO UPDATE SET "
                        "fingerprint = excluded.fingerprint, response = excluded.response, create_time = now()"
                    ),
                    {
                        "caller": self.caller,
                        "key": self.key,
                        "fingerprint": self.fingerprint,
                        "response": self._seal(response),
                    },
                )
            await commit(session)
        finally:
            await session.close()

    def _seal(self, response: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, response, self.fingerprint)

    def _open(self, stored: bytes) -> bytes:
        return self._cipher.decrypt(stored[:_NONCE], stored[_NONCE:], self.fingerprint)

    async def abandon(self) -> None:
        """Roll back what was put off: the servicer failed after its transaction."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


_current: ContextVar[Guard | None] = ContextVar("idempotency_guard", default=None)


def current_guard() -> Guard | None:
    """The guard of the call that is running, if it carries a key."""
    return _current.get()


def set_current_guard(guard: Guard | None) -> None:
    """Only the chain calls it."""
    _current.set(guard)
