"""What the gateway needs to know of the RPCs, read from the descriptor set."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from doorstep.options.v1 import options_pb2

PACKAGE = "doorstep."
HTTP_BODY = ".google.api.HttpBody"
# A server-sent event stream is resumed by Last-Event-ID: the request field of such an RPC that takes the value.
RESUME_FIELDS = ("last_event_id", "after_sequence", "resume_after", "resume_token")
# The published types of extensions do not fit the options they extend.
HTTP: Any = annotations_pb2.http
ACCESS: Any = options_pb2.access
REQUEST_BYTES: Any = options_pb2.request_bytes
_VARIABLE = re.compile(r"\{[^}=]+(?:=([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Binding:
    """An HTTP verb and path of an RPC."""

    verb: str
    template: str

    @property
    def regex(self) -> str:
        """The path as an RE2 expression that matches it whole."""
        parts = []
        rest = 0
        for variable in _VARIABLE.finditer(self.template):
            parts += [re.escape(self.template[rest : variable.start()]), _segments(variable[1] or "*")]
            rest = variable.end()
        return "".join(parts) + re.escape(self.template[rest:])


@dataclass(frozen=True, slots=True)
class Method:
    """An RPC that clients may call."""

    service: str
    name: str
    client_streaming: bool
    server_streaming: bool
    repeatable: bool
    """Running it twice is as good as once, so it may be sent again when the answer was lost."""
    keyed: bool
    """It is answered once for each idempotency key, so it may be sent again where it carries one. Calls of strangers
    are not: a key would be nobody's."""
    reading: bool
    """It changes nothing, so it may even run twice at once."""
    raw: bool
    """Its body is taken as it is (google.api.HttpBody)."""
    request_bytes: int
    """Largest request, where it is another than the general bound; else 0."""
    resume_field: str
    """JSON name of the field that takes Last-Event-ID, or empty."""
    bindings: tuple[Binding, ...]

    @property
    def path(self) -> str:
        """The path of the RPC over gRPC."""
        return f"/{self.service}/{self.name}"

    @property
    def streaming(self) -> bool:
        """True when either side sends more than one message."""
        return self.client_streaming or self.server_streaming


def public_methods(image: bytes) -> list[Method]:
    """Every RPC of Doorstep that is not internal, streams first: they are the busiest."""
    files = descriptor_pb2.FileDescriptorSet.FromString(image).file
    messages = {f".{file.package}.{message.name}": message for file in files for message in file.message_type}
    found = [
        method
        for file in files
        if file.package.startswith(PACKAGE)
        for service in file.service
        for method in _methods(f"{file.package}.{service.name}", service, messages)
    ]
    return sorted(found, key=lambda method: (not method.streaming, method.path))


def _methods(
    name: str, service: descriptor_pb2.ServiceDescriptorProto, messages: dict[str, descriptor_pb2.DescriptorProto]
) -> Iterator[Method]:
    for method in service.method:
        options = method.options
        if options.Extensions[ACCESS].internal:
            continue
        request = messages.get(method.input_type)
        fields = {field.name: field for field in request.field} if request else {}
        unknown = options.idempotency_level == descriptor_pb2.MethodOptions.IDEMPOTENCY_UNKNOWN
        resume = next((fields[field].json_name for field in RESUME_FIELDS if field in fields), "")
        yield Method(
            service=name,
            name=method.name,
            client_streaming=method.client_streaming,
            server_streaming=method.server_streaming,
            repeatable=not unknown,
            keyed=unknown and not options.Extensions[ACCESS].public,
            reading=options.idempotency_level == descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS,
            raw=method.input_type == HTTP_BODY or any(field.type_name == HTTP_BODY for field in fields.values()),
            request_bytes=options.Extensions[REQUEST_BYTES],
            resume_field=resume if method.server_streaming else "",
            bindings=tuple(_bindings(options)),
        )


def _bindings(options: descriptor_pb2.MethodOptions) -> Iterator[Binding]:
    if not options.HasExtension(HTTP):
        return
    rule = options.Extensions[HTTP]
    for binding in (rule, *rule.additional_bindings):
        verb = binding.WhichOneof("pattern")
        if verb == "custom":
            yield Binding(binding.custom.kind.upper(), binding.custom.path)
        elif verb:
            yield Binding(verb.upper(), getattr(binding, verb))


def _segments(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", "[^/]+")
