"""Requests that no client would send: hostile values in every field, and bytes that are nearly messages."""

import random
import re
import struct
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.chassis.ids import new_id

LEAKS = re.compile(
    rb"Traceback|File \"|\.py\b|asyncpg|sqlalchemy|psycopg|site-packages|<class|0x[0-9a-f]{8,}|SELECT |INSERT INTO|"
    rb"postgresql://|redis://|Exception|Error\(|object at|DETAIL:|relation \"|column \"|grpc\._|google\.protobuf\.",
)
"""What would tell a stranger how we are made."""

STRINGS = (
    "",
    " ",
    "a",
    "\0",
    "a\0b",
    "x" * 1_000,
    "é" * 300,
    "\u202e\u200b\ufeff",
    "\ud7ff\ue000\U0010ffff",
    "';DROP TABLE users;--",
    "1' OR '1'='1",
    "$1",
    "%s%n%(x)s{0}{}",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "\r\nSet-Cookie: a=b",
    "NaN",
    "-1",
    "1e309",
    "0x10",
    "true",
    "null",
    "\\x00",
    "a" * 63 + "@example.com",
    "user@example.com",
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    '{"a": [',
    "*",
    "%",
    "_",
    "(?:a+)+$",
    "property.read",
    "admin",
)
INTEGERS = (0, 1, -1, 2, 7, 100, 255, 1000, 2**31 - 1, -(2**31), 2**53, 2**63 - 1, -(2**63))
FLOATS = (0.0, -0.0, 1.0, -1.0, 1e-320, 1e300, float("inf"), float("-inf"), float("nan"), 90.0, 181.0)

_INT32 = {FieldDescriptor.TYPE_INT32, FieldDescriptor.TYPE_SINT32, FieldDescriptor.TYPE_SFIXED32}
_UINT32 = {FieldDescriptor.TYPE_UINT32, FieldDescriptor.TYPE_FIXED32}
_UINT64 = {FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64}


class Hostile:
    """Makes them, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.ids = [str(new_id()) for _ in range(4)]
        """Ids to use; put those of real things here, so that requests reach beyond the first look-up."""

    def message(self, kind: Descriptor, depth: int = 0) -> Message:
        """A message of the type, valid in form, with hostile values in some of its fields."""
        made = GetMessageClass(kind)()
        for field in kind.fields:
            if self.random.random() < 0.3 or depth > 4:
                continue
            try:
                self._fill(made, field, depth)
            except (ValueError, TypeError, OverflowError):
                continue  # protobuf itself refuses the value: no client could send it
        return made

    def _fill(self, made: Message, field: FieldDescriptor, depth: int) -> None:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            entries = getattr(made, field.name)
            for _ in range(self.random.randrange(4)):
                if value.message_type is None:
                    entries[self._scalar(key)] = self._scalar(value)
        elif field.is_repeated:
            values = getattr(made, field.name)
            for _ in range(self.random.choice((0, 1, 2, 5, 60))):
                if field.message_type is not None:
                    values.add().CopyFrom(self.message(field.message_type, depth + 2))
                else:
                    values.append(self._scalar(field))
        elif field.message_type is not None:
            getattr(made, field.name).CopyFrom(self.message(field.message_type, depth + 1))
        else:
            setattr(made, field.name, self._scalar(field))

    def _scalar(self, field: FieldDescriptor) -> Any:
        pick = self.random.choice
        match field.type:
            case FieldDescriptor.TYPE_STRING:
                return pick(self.ids) if field.name.endswith("_id") and self.random.random() < 0.8 else pick(STRINGS)
            case FieldDescriptor.TYPE_BYTES:
                return self.random.randbytes(pick((0, 1, 20, 3000)))
            case FieldDescriptor.TYPE_BOOL:
                return self.random.random() < 0.5
            case FieldDescriptor.TYPE_ENUM:
                return pick([v.number for v in field.enum_type.values] + [99, -1, 2**31 - 1])
            case FieldDescriptor.TYPE_FLOAT | FieldDescriptor.TYPE_DOUBLE:
                return pick(FLOATS)
            case kind if kind in _INT32:
                return max(-(2**31), min(2**31 - 1, pick(INTEGERS)))
            case kind if kind in _UINT32:
                return min(2**32 - 1, abs(pick(INTEGERS)))
            case kind if kind in _UINT64:
                return abs(pick(INTEGERS))
        return pick(INTEGERS)

    def raw(self, kind: Descriptor) -> bytes:
        """Bytes: a hostile message as it is, or broken on the way."""
        data = bytearray(self.message(kind).SerializeToString())
        for _ in range(self.random.choice((0, 0, 1, 1, 3, 10))):
            self._break(data)
        return bytes(data)

    def raws(self, kind: Descriptor, number: int) -> list[bytes]:
        """So many of them: each message as it is, and then broken in other ways, which costs less than making it."""
        found: list[bytes] = []
        while len(found) < number:
            whole = self.message(kind).SerializeToString()
            found.append(whole)
            for _ in range(9):
                data = bytearray(whole)
                for _ in range(self.random.choice((1, 1, 2, 5))):
                    self._break(data)
                found.append(bytes(data))
        return found[:number]

    def _break(self, data: bytearray) -> None:
        random_ = self.random
        at = random_.randrange(len(data) + 1)
        match random_.randrange(8):
            case 0:
                data[at:at] = random_.randbytes(random_.randrange(1, 9))
            case 1:
                del data[at:]
            case 2 if data:
                data[at % len(data)] ^= 1 << random_.randrange(8)
            case 3:
                data[at:at] = b"\xff" * 10
            case 4:
                data[at:at] = struct.pack("<B", random_.randrange(8) | random_.randrange(1, 20) << 3)
            case 5:
                data += data[: random_.randrange(len(data) + 1)]
            case 6:
                data[at:at] = b"\x0b" * random_.choice((1, 200))  # groups that are never closed
            case _:
                del data[at : at + random_.randrange(1, 5)]
