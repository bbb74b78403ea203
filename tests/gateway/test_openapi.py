"""The generated OpenAPI description: valid, complete, and true to the access options."""

import json
import pathlib
import re
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2
from openapi_spec_validator import OpenAPIV31SpecValidator

from doorstep.options.v1 import options_pb2
from gateway.replies import REPLIES

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "gen/openapi/doorstep.json").read_text(encoding="utf-8"))
    return loaded


def methods() -> list[tuple[str, descriptor_pb2.MethodDescriptorProto]]:
    image = descriptor_pb2.FileDescriptorSet.FromString((ROOT / "gen/descriptors/doorstep.binpb").read_bytes())
    return [
        (f"{file.package}.{service.name}/{method.name}", method)
        for file in image.file
        if file.package.startswith("doorstep.")
        for service in file.service
        for method in service.method
    ]


def operations(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in described["paths"].values():
        for operation in path.values():
            found.setdefault(operation["x-grpc-method"], []).append(operation)
    return found


def test_is_valid_openapi(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()


def test_every_routed_rpc_is_described_once_per_path(described: dict[str, Any]) -> None:
    for name, method in methods():
        if not method.options.HasExtension(annotations_pb2.http):
            continue
        rule = method.options.Extensions[annotations_pb2.http]
        internal = method.options.Extensions[options_pb2.access].internal
        expected = 0 if internal else 1 + len(rule.additional_bindings)
        assert len(operations(described).get(name, [])) == expected, name


def test_security_follows_the_access_option(described: dict[str, Any]) -> None:
    found = operations(described)
    for name, method in methods():
        access = method.options.Extensions[options_pb2.access]
        for operation in found.get(name, []):
            schemes = [next(iter(scheme)) for scheme in operation["security"]]
            if access.public:
                assert schemes == []
            else:
                keys = {options_pb2.CALLER_KIND_API_KEY, options_pb2.CALLER_KIND_DEVICE} & set(access.callers)
                assert schemes == ["bearer", *(["apiKey"] if keys else [])], name


def test_path_variables_are_parameters(described: dict[str, Any]) -> None:
    for path, verbs in described["paths"].items():
        for operation in verbs.values():
            declared = {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}
            assert declared == set(re.findall(r"\{([^}]+)\}", path)), path


def test_operations_are_told_in_words(described: dict[str, Any]) -> None:
    for name, found in operations(described).items():
        for operation in found:
            assert operation["summary"], name
            assert not operation["summary"].startswith(name.rsplit("/", 1)[1]), name


def test_documented_reasons_include_those_of_every_service(described: dict[str, Any]) -> None:
    reasons = {entry["const"] for entry in described["components"]["schemas"]["ErrorReason"]["oneOf"]}
    assert {"INVALID_FIELDS", "CREDENTIALS_INVALID", "INVALID_CREDENTIALS"} <= reasons


def test_documented_reasons_include_those_of_the_gateway(described: dict[str, Any]) -> None:
    reasons = {entry["const"] for entry in described["components"]["schemas"]["ErrorReason"]["oneOf"]}
    assert {reply.reason for reply in REPLIES} | {"MEDIA_TYPE_REFUSED"} <= reasons
