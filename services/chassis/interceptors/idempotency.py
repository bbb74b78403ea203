"""Idempotency: gives a mutating unary call with a key its guard (see `chassis/idempotency.py`)."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from doorstep.options.v1 import options_pb2
from services.chassis.db.database import Database
from services.chassis.errors import DoorstepError, InvalidArgument, InvalidFields, Violation
from services.chassis.idempotency import Guard, ReplayAnswer, set_current_guard
from services.chassis.interceptors.call import Call, Kind, Proceed
from services.chassis.interceptors.chain import serialize

HEADER = "idempotency-key"
_SOUND = re.compile(r"[\x21-\x7e]{1,255}")


def without_secrets(response: Any, answer: bytes) -> bytes:
    """The answer as it may be kept: fields declared SENSITIVITY_SECRET are shown once and not stored."""
    if not isinstance(response, Message) or not _holds_secrets(response.DESCRIPTOR):
        return answer
    kept = type(response)()
    kept.CopyFrom(response)
    _clear(kept)
    return kept.SerializeToString()


def _is_secret(field: FieldDescriptor) -> bool:
    sensitivity: Any = options_pb2.sensitivity
    return bool(field.GetOptions().Extensions[sensitivity] == options_pb2.SENSITIVITY_SECRET)


@cache
def _holds_secrets(descriptor: Descriptor) -> bool:
    seen, waiting = {descriptor.full_name}, [descriptor]
    while waiting:
        for field in waiting.pop().fields:
            if _is_secret(field):
                return True
            below = field.message_type
            if below is not None and below.full_name not in seen:  # messages may hold themselves, as Struct does
                seen.add(below.full_name)
                waiting.append(below)
    return False


def _clear(message: Message) -> None:
    for field, value in message.ListFields():
        if _is_secret(field):
            message.ClearField(field.name)
        elif field.message_type is not None and _holds_secrets(field.message_type):
            if field.message_type.GetOptions().map_entry:
                value.clear()
                continue
            for part in value if field.is_repeated else (value,):
                _clear(part)


class Idempotency:
    """Takes the key from the header `idempotency-key`, else from a field `request_id` (AIP-155)."""

    def __init__(self, database_of: Callable[[str], Database | None]) -> None:
        """`database_of` a proto service, by its full name: where the answers of its calls are."""
        self._database_of = database_of

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Answer from the store, or store the answer."""
        key = self._key(call)
        if not key:
            return await proceed(call)
        if not _SOUND.fullmatch(key):
            raise InvalidFields(
                metadata={"fields": HEADER},
                violations=[Violation(HEADER, "must be 1 to 255 printable ASCII characters")],
            )
        guard = Guard(
            key=key,
            caller=call.actor.identity or f"address:{call.address}",
            method=call.method.path,
            organization_id=call.actor.organization_id,
            request=call.request.SerializeToString(deterministic=True),
        )
        set_current_guard(guard)
        try:
            response = await proceed(call)
            answer = serialize(response)
            await guard.finish(without_secrets(response, answer))
        except ReplayAnswer as replay:
            return replay.response
        except BaseException as error:
            await guard.abandon()
            # What can never work has not worked before either.
            refused = isinstance(error, DoorstepError) and not isinstance(error, InvalidArgument)
            made = await self._made(call, guard) if refused else None
            if made is None:
                raise
            return made
        return answer

    async def _made(self, call: Call, guard: Guard) -> bytes | None:
        """The answer of a call that was refused before it came to its transaction.

        What refuses it may be what it has done itself, such as the change of the password that it is to prove.
        """
        database = self._database_of(call.method.service)
        if guard.begun or database is None or guard.caller != call.actor.identity:
            return None
        async with database.read(call.actor) as tx:
            return await guard.answer(tx.session, database.schema)

    @staticmethod
    def _key(call: Call) -> str:
        method = call.method
        if method.access is not None and method.access.public:
            # Whoever calls has proven nothing, so an answer can belong to nobody; and what such calls note about a
            # failed attempt (wrong passwords, copied tokens) must be committed although they end in an error.
            return ""
        if not method.takes_key or method.raw or method.kind is not Kind.UNARY_UNARY:
            return ""
        return call.metadata.get(HEADER) or str(getattr(call.request, "request_id", ""))
