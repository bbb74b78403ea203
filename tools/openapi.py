"""Write the OpenAPI 3.1 description of the public JSON API from a descriptor set with source comments.

Usage: python tools/openapi.py IMAGE.binpb OUTPUT.json

Paths come from google.api.http (additional bindings and custom verbs included), schemas from the messages as proto3
JSON prints them, constraints from buf.validate (tools/openapi_schemas.py), security from doorstep.options.v1.access,
texts from the comments, examples from comments and rules (tools/openapi_examples.py). Internal RPCs, and those without
an HTTP path, are left out.
"""

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any

from google.api import annotations_pb2, http_pb2
from google.protobuf import descriptor_pb2 as pb
from openapi_examples import Examples
from openapi_schemas import FIELD, Json, Schemas, Text

from doorstep.options.v1 import options_pb2

PACKAGE = "doorstep."
VARIABLE = re.compile(r"\{([^}=]+)(?:=([^}]*))?\}")
PROBLEM = "application/problem+json"
SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of at most 15 minutes, from sign-in or refresh.",
    },
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "A key of a server (`ds_live_...`) or a headset (`ds_dev_...`).",
    },
}
# What the gateway answers with wherever a call fails: RFC 9457, with the gRPC code and the machine-readable reason.
PROBLEM_SCHEMA: Json = {
    "type": "object",
    "description": "An error (RFC 9457). `reason` is stable and documented; texts may change.",
    "required": ["type", "title", "status", "detail", "code", "reason"],
    "properties": {
        "type": {"type": "string", "description": "The kind of problem, as a URN of its reason."},
        "title": {"type": "string", "description": "The kind of problem in words."},
        "status": {"type": "integer", "description": "The HTTP status.", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong with this call."},
        "instance": {"type": "string", "description": "This occurrence: a URN of the request id."},
        "code": {"type": "string", "description": "The gRPC code, for instance NOT_FOUND."},
        "reason": {"$ref": "#/components/schemas/ErrorReason"},
        "metadata": {
            "type": "object",
            "description": "Facts that belong to the reason.",
            "additionalProperties": {"type": "string"},
        },
        "violations": {
            "type": "array",
            "description": "The fields that break their rules.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "description": {"type": "string"},
                    "reason": {"type": "string"},
                },
            },
        },
        "details": {
            "type": "array",
            "description": "The details of the google.rpc.Status, as gRPC callers get them.",
            "items": {"type": "object", "properties": {"@type": {"type": "string"}}, "required": ["@type"]},
        },
    },
    "examples": [
        {
            "type": "urn:doorstep:error:PROPERTY_NOT_FOUND",
            "title": "Property not found",
            "status": 404,
            "detail": "There is no such property.",
            "instance": "urn:uuid:0d6a7f5e-6f0b-4c8f-9a63-0a2f7f1d6b11",
            "code": "NOT_FOUND",
            "reason": "PROPERTY_NOT_FOUND",
        }
    ],
}
IDEMPOTENCY_KEY: Json = {
    "name": "idempotency-key",
    "in": "header",
    "description": "Repeating the call with the same key within 24 hours returns the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9_.:-]+$"},
}


def variables(template: str) -> list[str]:
    """Dotted field names of a path template's variables."""
    return [m[1] for m in VARIABLE.finditer(template)]


def short_name(service: str) -> str:
    """`identity.SessionService` for doorstep.identity.v1.SessionService: two packages may use one name."""
    _, package, *_, name = service.split(".")
    return f"{package}.{name}"


def summary(sentence: str, method: str) -> str:
    """Comments begin with the RPC's name, as buf asks; the API browser shows that name beside them."""
    told = sentence.removeprefix(method + " ")
    return told[:1].upper() + told[1:] if told else method


class Paths:
    """Operations of the public RPCs, by path and verb."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.examples = Examples(schemas)

    def add(self, paths: dict[str, Json], service: str, method: pb.MethodDescriptorProto) -> None:
        rule = method.options.Extensions[annotations_pb2.http]
        for number, binding in enumerate((rule, *rule.additional_bindings)):
            verb = binding.WhichOneof("pattern")
            template = binding.custom.path if verb == "custom" else getattr(binding, verb)
            operation = self.operation(service, method, binding, template, number)
            path = VARIABLE.sub(lambda m: "{" + self.variable_name(method.input_type, m[1]) + "}", template)
            paths.setdefault(path, {})[binding.custom.kind.lower() if verb == "custom" else verb] = operation

    def variable_name(self, message: str, dotted: str) -> str:
        return str(self.schemas.lookup(message, dotted)[1].json_name)

    def operation(
        self, service: str, method: pb.MethodDescriptorProto, binding: http_pb2.HttpRule, template: str, number: int
    ) -> Json:
        short = short_name(service)
        text = self.schemas.text(f"{service}.{method.name}")
        operation: Json = {
            "operationId": f"{short}.{method.name}" + (f"_{number + 1}" if number else ""),
            "tags": [short],
            "summary": summary(text.summary, method.name),
        }
        if text.rest:
            operation["description"] = text.rest
        if method.options.deprecated:
            operation["deprecated"] = True
        parameters = [self.path_parameter(method.input_type, *m.groups()) for m in VARIABLE.finditer(template)]
        taken = set(variables(template))
        if binding.body:
            operation["requestBody"] = self.body(method, binding.body, taken)
            taken.add(binding.body)
        if binding.body != "*":
            parameters += self.query(method.input_type, taken)
        if method.options.idempotency_level == pb.MethodOptions.IDEMPOTENCY_UNKNOWN and not method.server_streaming:
            parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
        if parameters:
            operation["parameters"] = parameters
        operation["responses"] = {
            "200": {"description": "Done.", "content": self.content(method, binding)},
            "default": {"$ref": "#/components/responses/Problem"},
        }
        operation.update(security(method.options.Extensions[options_pb2.access]))
        if limit := method.options.Extensions[options_pb2.request_bytes]:
            operation["x-request-bytes"] = limit
        operation["x-grpc-method"] = f"{service}/{method.name}"
        return operation

    def path_parameter(self, message: str, dotted: str, pattern: str | None) -> Json:
        owner, field = self.schemas.lookup(message, dotted)
        schema = self.schemas.field(owner, field)
        description = schema.pop("description", "")
        schema.pop("readOnly", None)
        if schema.get("type") == "string" and "enum" not in schema:
            schema.setdefault("minLength", 1)
            if "pattern" not in schema and "format" not in schema:
                schema["pattern"] = "^.+$" if pattern and "**" in pattern else "^[^/]+$"
        parameter: Json = {"name": field.json_name, "in": "path", "required": True, "schema": schema}
        return {**parameter, "description": description} if description else parameter

    def body(self, method: pb.MethodDescriptorProto, body: str, taken: set[str]) -> Json:
        if body == "*":
            schema = self.schemas.without(method.input_type, taken)
            example = self.examples.request(method.input_type, taken)
        else:
            owner, field = self.schemas.lookup(method.input_type, body)
            if field.type_name == ".google.api.HttpBody":
                return {"required": True, "content": {"*/*": {"schema": {}}}}
            schema = self.schemas.field(owner, field)
            example = self.examples.value(owner, field, asking=True)
        if method.client_streaming:
            schema, example = {"type": "array", "items": schema}, [example]
        return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}

    def query(self, message: str, taken: set[str], prefix: str = "", json_prefix: str = "") -> Iterator[Json]:
        for field in self.schemas.messages[message].field:
            dotted, name = prefix + field.name, json_prefix + field.json_name
            if dotted in taken or self.schemas.output_only(field):
                continue
            nested = field.type == FIELD.TYPE_MESSAGE and not self.schemas.is_scalar_message(field.type_name)
            if nested:
                # Repeated messages and maps cannot be said in a query.
                if field.label != FIELD.LABEL_REPEATED and dotted.count(".") < 2:
                    yield from self.query(field.type_name, taken, dotted + ".", name + ".")
                continue
            schema = self.schemas.field(message, field)
            description = schema.pop("description", "")
            parameter: Json = {"name": name, "in": "query", "schema": schema}
            if self.schemas.required(field) and not prefix:
                parameter["required"] = True
            if description:
                parameter["description"] = description
            yield parameter

    def content(self, method: pb.MethodDescriptorProto, binding: http_pb2.HttpRule) -> Json:
        if method.output_type == ".google.api.HttpBody":
            return {"*/*": {"schema": {}}}
        if binding.response_body:
            owner, field = self.schemas.lookup(method.output_type, binding.response_body)
            if field.type_name == ".google.api.HttpBody":
                return {"*/*": {"schema": {}}}
            schema = self.schemas.field(owner, field)
            example = self.examples.value(owner, field, asking=False)
        else:
            schema = self.schemas.reference(method.output_type)
            example = self.examples.answer(method.output_type)
        if not method.server_streaming:
            return {"application/json": {"schema": schema, "example": example}}
        return {
            "application/json": {"schema": {"type": "array", "items": schema}, "example": [example]},
            "application/x-ndjson": {"schema": schema},
            "text/event-stream": {"schema": schema},
        }


def security(access: options_pb2.Access) -> Json:
    """Security of an operation: none for public RPCs, else a token, and a key where the RPC admits keys."""
    rule = access.WhichOneof("rule")
    if rule == "public":
        return {"security": []}
    keys = {options_pb2.CALLER_KIND_API_KEY, options_pb2.CALLER_KIND_DEVICE} & set(access.callers)
    result: Json = {"security": [{"bearer": []}, *([{"apiKey": []}] if keys else [])]}
    if rule == "permission":
        result["x-permission"] = access.permission
    if access.recent_authentication:
        result["x-recent-authentication"] = True
    return result


def is_public(method: pb.MethodDescriptorProto) -> bool:
    return not method.options.Extensions[options_pb2.access].internal and method.options.HasExtension(
        annotations_pb2.http
    )


def reasons(schemas: Schemas) -> Json:
    """Every documented reason of every service, with its comment."""
    prefix = "ERROR_REASON_"
    found = {
        value.name.removeprefix(prefix): schemas.text(f"{name}.{value.name}")
        for name, enum in schemas.enums.items()
        if name.startswith("." + PACKAGE) and name.endswith(".ErrorReason")
        for value in enum.value
        if value.number
    }
    return {
        "type": "string",
        "description": "Why a call was refused; stable, so programs may branch on it.",
        "oneOf": [{"const": name, "description": text.whole} for name, text in sorted(found.items())],
    }


def document(image: pb.FileDescriptorSet) -> Json:
    """The whole description."""
    schemas = Schemas(image)
    operations = Paths(schemas)
    paths: dict[str, Json] = {}
    tags = []
    for file in image.file:
        if not file.package.startswith(PACKAGE):
            continue
        for service in file.service:
            methods = [m for m in service.method if is_public(m)]
            for method in methods:
                operations.add(paths, f"{file.package}.{service.name}", method)
            if methods:
                text: Text = schemas.text(f"{file.package}.{service.name}")
                tags.append({"name": short_name(f"{file.package}.{service.name}"), "description": text.whole})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Doorstep",
            "version": "1",
            "summary": "The open backend of a real-estate company that sells homes people have walked through in VR.",
            "description": "The same API is served as gRPC and gRPC-Web on the same port; field names are "
            "lowerCamelCase, 64-bit integers are strings, absent and default are the same unless a field says so.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": sorted(tags, key=lambda tag: tag["name"]),
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {
                "ErrorReason": reasons(schemas),
                "Problem": PROBLEM_SCHEMA,
                **dict(sorted(schemas.all.items())),
            },
            "parameters": {"IdempotencyKey": IDEMPOTENCY_KEY},
            "responses": {
                "Problem": {
                    "description": "The call failed.",
                    "headers": {
                        "retry-after": {"description": "Seconds to wait.", "schema": {"type": "string"}},
                        "x-correlation-id": {"description": "The request id.", "schema": {"type": "string"}},
                    },
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": SCHEMES,
        },
    }


def main(image: str, output: str) -> None:
    described: Any = document(pb.FileDescriptorSet.FromString(pathlib.Path(image).read_bytes()))
    pathlib.Path(output).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
