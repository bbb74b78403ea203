"""The VR contracts can be generated for Unreal by TurboLink; each rule stands beside what breaks without it."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool

from services.chassis.server import OPTIONS

PACKAGE = "doorstep.vr.v1"
IMAGE = Path(__file__).parents[2] / "gen" / "descriptors" / "doorstep.binpb"
TYPE_IMPORTS = {"google/protobuf/timestamp.proto", "google/protobuf/duration.proto"}
"""Files whose messages may be used: TurboLink generates code for every file that is imported."""
OPTION_IMPORTS = {
    "buf/validate/validate.proto",
    "doorstep/options/v1/options.proto",
    "google/api/annotations.proto",
}
"""Files that only carry options: they are stripped before generating for Unreal, so nothing of them may be a type."""

Field = descriptor_pb2.FieldDescriptorProto
WRAPPED = (
    Field.TYPE_UINT32,
    Field.TYPE_UINT64,
    Field.TYPE_FIXED32,
    Field.TYPE_FIXED64,
    Field.TYPE_DOUBLE,
    Field.TYPE_BYTES,
)
"""Types that Blueprint has no pin for: TurboLink wraps each value into a struct of its own."""


def faults(files: list[descriptor_pb2.FileDescriptorProto]) -> list[str]:
    found: list[str] = []
    own = {f.name for f in files}
    for file in files:
        if file.syntax != "proto3":
            found.append(f"{file.name}: not proto3 (TurboLink is built with protobuf 4.23, before editions)")
        strangers = set(file.dependency) - own - TYPE_IMPORTS - OPTION_IMPORTS
        found += [f"{file.name}: imports {name}, code would be generated for it" for name in sorted(strangers)]
        for enum in file.enum_type:
            found += enum_faults(enum)
        known: set[str] = {
            f".{PACKAGE}.{m.name}" for other in files if other.name in file.dependency for m in other.message_type
        }
        for message in file.message_type:
            found += message_faults(message, known)
            known.add(f".{PACKAGE}.{message.name}")
    return found


def enum_faults(enum: descriptor_pb2.EnumDescriptorProto) -> list[str]:
    bad = [v.name for v in enum.value if not 0 <= v.number <= 255]
    found = [f"{name}: outside 0 to 255, would be cut to uint8" for name in bad]
    if not any(v.number == 0 for v in enum.value):
        found.append(f"{enum.name}: has no zero value")
    return found


def message_faults(message: descriptor_pb2.DescriptorProto, known: set[str]) -> list[str]:
    found: list[str] = []
    names = [f.name.replace("_", "").lower() for f in message.field]
    if len(set(names)) != len(names):
        found.append(f"{message.name}: names that differ in case only, Unreal's names do not")
    for nested in message.nested_type:
        if not nested.options.map_entry:
            found.append(f"{message.name}.{nested.name}: nested, declare it at the top")
        elif nested.field[0].type != Field.TYPE_STRING:
            found.append(f"{message.name}.{nested.name}: map keys must be strings")
    for enum in message.enum_type:
        found += enum_faults(enum)
    for field in message.field:
        where = f"{message.name}.{field.name}"
        if field.proto3_optional:
            found.append(f"{where}: optional becomes a stray union")
        if field.type_name == ".google.protobuf.Any":
            found.append(f"{where}: Any is not implemented")
        elif field.type_name.startswith(".google.") and field.type_name.rsplit(".", 1)[1] not in (
            "Timestamp",
            "Duration",
        ):
            found.append(f"{where}: {field.type_name} is outside the import closure")
        elif (
            field.type == Field.TYPE_MESSAGE
            and field.type_name.startswith(f".{PACKAGE}.")
            and field.type_name not in known
        ) and not any(field.type_name.endswith(f".{n.name}") for n in message.nested_type):
            found.append(f"{where}: {field.type_name} is used before it is declared")
        if field.type in WRAPPED:
            found.append(f"{where}: not a native Blueprint type, use int32, int64 or float")
    for index, oneof in enumerate(message.oneof_decl):
        members = [f for f in message.field if f.HasField("oneof_index") and f.oneof_index == index]
        first = members[0]
        if (first.name, first.type_name, first.number) != ("none", f".{PACKAGE}.Nothing", 1):
            found.append(f"{message.name}.{oneof.name}: the first member must be `Nothing none = 1`")
    return found


@pytest.fixture(scope="module")
def vr_files() -> list[descriptor_pb2.FileDescriptorProto]:
    image = descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes())
    return [f for f in image.file if f.package == PACKAGE]


def test_vr_contracts_are_clean(vr_files):
    assert vr_files
    assert faults(vr_files) == []


def test_every_response_can_carry_a_refusal_in_its_body():
    """Only the code and the text of a status reach the game."""
    pool = descriptor_pool.Default()
    from doorstep.vr.v1 import ingest_service_pb2  # noqa: F401 - loads the descriptors

    service = pool.FindServiceByName(f"{PACKAGE}.IngestService")
    ack = pool.FindMessageTypeByName(f"{PACKAGE}.BatchAck")
    assert {"refusal", "message", "retry_after_ms", "durable_part", "rejections"} <= set(ack.fields_by_name)
    answers = {m.name: [f.message_type.name for f in m.output_type.fields if f.message_type] for m in service.methods}
    assert {"BatchAck", "Notice"} <= set(answers["Connect"])
    assert answers["IngestBatch"] == ["BatchAck"]
    assert "BatchAck" in answers["IngestBatches"]


def test_whatever_is_sent_over_a_stream_can_be_sent_by_a_single_call():
    """Blueprint nodes do not work where the client streams."""
    pool = descriptor_pool.Default()
    from doorstep.vr.v1 import ingest_service_pb2  # noqa: F401 - loads the descriptors

    single = {m.name for m in pool.FindServiceByName(f"{PACKAGE}.IngestService").methods if not m.client_streaming}
    by_call = {"hello": "StartSession", "batch": "IngestBatch", "ping": "Heartbeat", "finish": "EndSession"}
    body = pool.FindMessageTypeByName(f"{PACKAGE}.ConnectRequest").oneofs_by_name["body"]
    assert {f.name for f in body.fields} == {"none", *by_call}
    assert set(by_call.values()) <= single


def test_the_keepalive_of_turbolink_is_tolerated():
    """It pings every 45 s, without calls too; a server that minds ends the connection."""
    options = dict(OPTIONS)
    assert options["grpc.http2.min_recv_ping_interval_without_data_ms"] <= 30_000
    assert options["grpc.keepalive_permit_without_calls"] == 1


BAD = {
    "optional": (Field(name="a", number=1, type=Field.TYPE_INT32, proto3_optional=True), "optional"),
    "any": (Field(name="a", number=1, type=Field.TYPE_MESSAGE, type_name=".google.protobuf.Any"), "Any"),
    "uint32": (Field(name="a", number=1, type=Field.TYPE_UINT32), "native"),
    "bytes": (Field(name="a", number=1, type=Field.TYPE_BYTES), "native"),
    "forward": (Field(name="a", number=1, type=Field.TYPE_MESSAGE, type_name=f".{PACKAGE}.Later"), "before"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_lint_sees_bad_fields(name):
    field, word = BAD[name]
    file = descriptor_pb2.FileDescriptorProto(name="bad.proto", package=PACKAGE, syntax="proto3")
    file.message_type.add(name="Bad").field.append(field)
    file.message_type.add(name="Later")
    assert any(word in fault for fault in faults([file]))


def test_the_lint_sees_bad_shapes():
    file = descriptor_pb2.FileDescriptorProto(name="bad.proto", package=PACKAGE, syntax="proto3")
    file.dependency.append("google/protobuf/any.proto")
    file.enum_type.add(name="Large").value.add(name="LARGE", number=256)
    message = file.message_type.add(name="Bad")
    message.oneof_decl.add(name="body")
    message.field.add(name="ping", number=1, type=Field.TYPE_INT32, oneof_index=0)
    message.field.add(name="Ping", number=2, type=Field.TYPE_INT32)
    found = "\n".join(faults([file]))
    for word in ("imports", "uint8", "zero", "Nothing none = 1", "case only"):
        assert word in found


def test_stripped_contracts_compile_and_mean_the_same(vr_files, tmp_path):
    """What Unreal generates from has the same messages, numbers and names, and imports nothing but itself."""
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "tools/unreal_protos.py", str(tmp_path)], cwd=root, check=True, capture_output=True)
    buf = Path(sys.executable).parent / "buf"
    image = tmp_path / "image.binpb"
    subprocess.run([buf, "build", "--exclude-source-info", "-o", image], cwd=tmp_path, check=True)
    stripped = {f.name: f for f in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file}
    assert {f.name for f in vr_files} == set(stripped)
    for file in vr_files:
        found = stripped[file.name]
        assert set(found.dependency) <= set(stripped)
        assert without_options(found) == without_options(file)
        assert found == without_options(found)


def without_options(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    bare = descriptor_pb2.FileDescriptorProto()
    bare.CopyFrom(file)
    del bare.dependency[:]
    bare.dependency.extend(name for name in file.dependency if name.startswith("doorstep/vr/"))
    bare.ClearField("options")
    for message in bare.message_type:
        for field in message.field:
            field.ClearField("options")
    for service in bare.service:
        for method in service.method:
            method.ClearField("options")
    return bare
