"""Protobuf's wire format by hand, for messages of which there are so many that making objects of them costs too much.

The library reads and writes whole messages only; its own functions for single values are private.
"""

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types."""
_LONGEST = 63
"""Bits of a varint before its last byte."""
_WIRE_TYPES = {
    **dict.fromkeys((FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES), LENGTH_DELIMITED),
    **dict.fromkeys((FieldDescriptor.TYPE_MESSAGE,), LENGTH_DELIMITED),
    **dict.fromkeys(
        (FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FIXED64, FieldDescriptor.TYPE_SFIXED64), FIXED64
    ),
    **dict.fromkeys((FieldDescriptor.TYPE_FLOAT, FieldDescriptor.TYPE_FIXED32, FieldDescriptor.TYPE_SFIXED32), FIXED32),
}


class NoVarint(ValueError):
    """The bytes end within a number, or it is longer than any."""


def varint(value: int) -> bytes:
    """Write a number that is not negative."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number; returns it and where it ends.

    Raises:
        NoVarint
    """
    try:
        result = data[at]
        if result < 0x80:
            return result, at + 1
        result &= 0x7F
        at += 1
        shift = 7
        while True:
            byte = data[at]
            at += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                return result, at
            shift += 7
            if shift > _LONGEST:
                raise NoVarint
    except IndexError:
        raise NoVarint from None


def tag(message: type[Message], name: str) -> bytes:
    """What stands before a field that is not packed."""
    field = message.DESCRIPTOR.fields_by_name[name]
    return varint(field.number << 3 | _WIRE_TYPES.get(field.type, VARINT))
