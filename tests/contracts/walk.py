"""Everything that the contracts declare, out of the descriptors that are shipped (`gen/descriptors`)."""

import importlib
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from buf.validate import validate_pb2
from google.api import annotations_pb2, client_pb2  # noqa: F401 - the second registers extensions
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from doorstep.options.v1 import options_pb2

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "gen" / "descriptors" / "doorstep.binpb"
PROTO = ROOT / "proto"
SHARED = ("errors", "options")
"""Packages that belong to no service."""


@dataclass(frozen=True)
class Rpc:
    """One RPC and what it declares."""

    method: MethodDescriptor

    @property
    def path(self) -> str:
        """`/doorstep.identity.v1.AuthService/Login`."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @property
    def name(self) -> str:
        """`identity.AuthService.Login`."""
        return f"{self.package}.{self.method.containing_service.name}.{self.method.name}"

    @property
    def package(self) -> str:
        """`identity`."""
        return self.method.containing_service.full_name.split(".")[1]

    @property
    def options(self) -> Any:
        """google.protobuf.MethodOptions."""
        return self.method.GetOptions()

    @property
    def access(self) -> Any:
        """The access rule, or None."""
        extension: Any = options_pb2.access
        return self.options.Extensions[extension] if self.options.HasExtension(extension) else None

    @property
    def rule(self) -> str:
        """Which rule, `public` for instance; empty without one."""
        return (self.access.WhichOneof("rule") or "") if self.access is not None else ""

    @property
    def streams(self) -> tuple[bool, bool]:
        """Whether the caller streams, whether we do."""
        return self.method.client_streaming, self.method.server_streaming

    @cached_property
    def bindings(self) -> list[tuple[str, str]]:
        """HTTP verb and path template of each binding."""
        http = self.options.Extensions[annotations_pb2.http]
        rules = [http, *http.additional_bindings] if http.WhichOneof("pattern") else []
        return [(str(rule.WhichOneof("pattern")).upper(), getattr(rule, rule.WhichOneof("pattern"))) for rule in rules]

    @property
    def request(self) -> type[Message]:
        """The class of its request."""
        return GetMessageClass(self.method.input_type)

    @property
    def answer(self) -> type[Message]:
        """The class of its response."""
        return GetMessageClass(self.method.output_type)

    @property
    def comment(self) -> str:
        """What stands above it in the proto."""
        text = (PROTO / self.method.containing_service.file.name).read_text()
        found = re.search(rf"((?:^ *//.*\n)+) *rpc {self.method.name}\(", text, re.MULTILINE)
        return "\n".join(line.strip().lstrip("/ ") for line in found.group(1).splitlines()) if found else ""

    def __str__(self) -> str:
        return self.name


@cache
def files() -> list[descriptor_pb2.FileDescriptorProto]:
    """Our files in the image, each loaded into the pool by its generated module."""
    image = descriptor_pb2.FileDescriptorSet.FromString(IMAGE.read_bytes())
    found = [file for file in image.file if file.name.startswith("doorstep/")]
    for file in found:
        importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return found


@cache
def rpcs() -> list[Rpc]:
    """Every RPC of every service."""
    pool = descriptor_pool.Default()
    return [
        Rpc(method)
        for file in files()
        for service in file.service
        for method in pool.FindServiceByName(f"{file.package}.{service.name}").methods
    ]


@cache
def packages() -> list[str]:
    """The packages that hold contracts of services."""
    return sorted({file.package.split(".")[1] for file in files()} - set(SHARED))


def rules(field: FieldDescriptor) -> Any:
    """The protovalidate rules of a field."""
    return field.GetOptions().Extensions[validate_pb2.field]


def find(name: str) -> Rpc:
    """An RPC by the end of its name, `AuthService.Login`."""
    (found,) = [rpc for rpc in rpcs() if rpc.name.endswith(f".{name}")]
    return found


def messages() -> list[Descriptor]:
    """Every message of ours, nested ones included."""
    pool = descriptor_pool.Default()
    waiting = [
        pool.FindMessageTypeByName(f"{file.package}.{message.name}")
        for file in files()
        for message in file.message_type
    ]
    found: list[Descriptor] = []
    while waiting:
        message = waiting.pop()
        found.append(message)
        waiting += [nested for nested in message.nested_types if not nested.GetOptions().map_entry]
    return found
