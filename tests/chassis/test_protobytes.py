"""Numbers and tags of protobuf's wire format, against the library's own."""

import pytest
from google.protobuf import wrappers_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.protobytes import NoVarint, read_varint, tag, varint


@given(st.integers(0, 2**64 - 1), st.binary(max_size=3), st.binary(max_size=3))
def test_numbers_are_written_and_read_as_the_library_does(value: int, before: bytes, after: bytes) -> None:
    written = varint(value)
    assert wrappers_pb2.UInt64Value.FromString(b"\x08" + written).value == value
    assert read_varint(before + written + after, len(before)) == (value, len(before) + len(written))


@pytest.mark.parametrize("broken", [b"", b"\x80", b"\xff" * 9, b"\xff" * 10 + b"\x01"])
def test_what_is_no_number_is_told(broken: bytes) -> None:
    with pytest.raises(NoVarint):
        read_varint(broken, 0)


@pytest.mark.parametrize(
    "message",
    [
        wrappers_pb2.StringValue(value="a"),
        wrappers_pb2.BytesValue(value=b"a"),
        wrappers_pb2.Int64Value(value=1),
        wrappers_pb2.BoolValue(value=True),
        wrappers_pb2.DoubleValue(value=1.5),
        wrappers_pb2.FloatValue(value=1.5),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_tag_stands_before_its_field(message: wrappers_pb2.StringValue) -> None:
    assert message.SerializeToString().startswith(tag(type(message), "value"))


def test_a_tag_of_many_fields() -> None:
    assert FieldDescriptorProto(json_name="a").SerializeToString() == tag(FieldDescriptorProto, "json_name") + b"\x01a"
