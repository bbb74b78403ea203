"""Validate: bytes become a message, and the message keeps the rules that its proto declares (protovalidate)."""

from collections.abc import AsyncIterator
from typing import Any

import protovalidate
from google.protobuf.message import DecodeError, Message

from services.chassis.errors import InvalidFields, MalformedRequest, Violation
from services.chassis.interceptors.call import Call, Proceed
from services.chassis.interceptors.moments import impossible


class Validate:
    """Decodes and checks every message that comes in, the first and the thousandth of a stream alike."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Replace the bytes by checked messages; servicers that asked for bytes get them."""
        method = call.method
        if method.raw:
            call.request = call.raw
        elif call.requests is not None:
            call.requests = _each(call, method.request, call.requests)
        else:
            call.request = decode(method.request, call.raw)
            check(call.request)
        return await proceed(call)


async def _each(call: Call, message: type[Message], requests: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    async for raw in requests:
        call.received += 1
        decoded = decode(message, raw)
        check(decoded)
        yield decoded


def decode(message: type[Message], raw: bytes) -> Message:
    """Parse.

    Raises:
        MalformedRequest: not a message of that type, or text that is not UTF-8.
    """
    try:
        return message.FromString(raw)
    except DecodeError as error:
        raise MalformedRequest from error


def check(message: Message) -> None:
    """Hold a message against its rules.

    Raises:
        InvalidFields: with one violation per broken rule.
    """
    wrong = tuple(impossible(message))
    if wrong:
        raise InvalidFields(metadata={"fields": ",".join(v.field for v in wrong)}, violations=wrong)
    try:
        protovalidate.validate(message)
    except protovalidate.ValidationError as error:
        violations = tuple(
            Violation(field_path(v.proto), v.proto.message or v.proto.rule_id, v.proto.rule_id)
            for v in error.violations
        )
        fields = ",".join(dict.fromkeys(v.field for v in violations))
        raise InvalidFields(metadata={"fields": fields}, violations=violations) from error


def field_path(violation: Any) -> str:
    """The path of a violation as google.rpc.BadRequest writes it: `events[3].zone`."""
    path = ""
    if violation.field is None:  # a rule about the request as a whole
        return path
    for element in violation.field.elements:
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value}]"
    return path


def warm(message: type[Message]) -> None:
    """Compile the rules of a message now: the first use costs milliseconds, and must not cost a caller."""
    try:
        protovalidate.validate(message())
    except protovalidate.ValidationError:
        return
