"""The generated OpenAPI description: valid, complete, and true to the access options."""

import json
import pathlib
import re
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from doorstep.options.v1 import options_pb2
from gateway.replies import REPLIES
from services.chassis.interceptors.validate import check
from tests.contracts.walk import files

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


def examples(described: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """(RPC, `request` or `answer`, schema, example); not for calls that take or give files."""
    found = []
    for name, listed in operations(described).items():
        for operation in listed:
            asked = operation.get("requestBody", {}).get("content", {})
            given = operation["responses"]["200"]["content"]
            found += [(name, "request", c["schema"], c.get("example")) for kind, c in asked.items() if kind != "*/*"]
            found += [(name, "answer", c["schema"], c.get("example")) for kind, c in given.items() if "json" in kind]
    return found


def test_every_example_is_as_described(described: dict[str, Any]) -> None:
    listed = examples(described)
    assert len(listed) > 150
    for name, side, schema, example in listed:
        if side == "answer" and example is None:
            continue  # lines of a stream: shown as an array beside
        whole = {**schema, "components": described["components"]}
        problems = [error.message for error in Draft202012Validator(whole).iter_errors(example)]
        assert not problems, (name, side, example)


def test_every_example_of_a_request_is_taken(described: dict[str, Any]) -> None:
    """By the rules of the proto, with the ids that stand in the path."""
    files()  # loads the contracts
    pool = descriptor_pool.Default()
    for verbs in described["paths"].values():
        for verb, operation in verbs.items():
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            if example is None:
                continue
            service, _, method = operation["x-grpc-method"].partition("/")
            request = GetMessageClass(pool.FindServiceByName(service).methods_by_name[method].input_type)()
            rule = pool.FindServiceByName(service).methods_by_name[method].GetOptions().Extensions[annotations_pb2.http]
            body, template = {
                b.WhichOneof("pattern"): (b.body, getattr(b, b.WhichOneof("pattern")))
                for b in (rule, *rule.additional_bindings)
            }[verb]
            whole = dict(example) if body == "*" else {body: example}
            for variable in re.findall(r"\{([^}=]+)", template):
                *parents, last = variable.split(".")
                at = whole
                for parent in parents:
                    at = at.setdefault(parent, {})
                at[last] = "4711" if last == "task_id" else "01934f2e-5c1a-7d3e-9b4a-2f6c8d0e1a3b"
            check(ParseDict(whole, request))
