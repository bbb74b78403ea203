"""`doorstep.toy.v1.ToyService`: a contract for tests of the chassis, with all four kinds of RPC and every kind of rule.

Made here rather than in `proto/`, so that nothing of it is ever shipped.
"""

from typing import Any

from buf.validate import validate_pb2  # noqa: F401 - registers the extension
from google.protobuf import descriptor_pb2, descriptor_pool, text_format
from google.protobuf.message_factory import GetMessageClass

from doorstep.options.v1 import options_pb2  # noqa: F401 - registers the extensions

SERVICE = "doorstep.toy.v1.ToyService"

_FILE = """
name: "doorstep/toy/v1/toy_service.proto"
package: "doorstep.toy.v1"
syntax: "proto3"
dependency: "buf/validate/validate.proto"
dependency: "doorstep/options/v1/options.proto"
message_type {
  name: "Ask"
  field { name: "what" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
    options { [buf.validate.field] { string { max_len: 200 } } } }
  field { name: "number" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL
    options { [buf.validate.field] { int64 { gte: 0 } } } }
  field { name: "names" number: 3 type: TYPE_STRING label: LABEL_REPEATED
    options { [buf.validate.field] { repeated { items { string { max_len: 5 } } } } } }
  field { name: "page_size" number: 4 type: TYPE_INT32 label: LABEL_OPTIONAL
    options { [buf.validate.field] { int32 { gte: 0 } } } }
  field { name: "page_token" number: 5 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "request_id" number: 6 type: TYPE_STRING label: LABEL_OPTIONAL }
}
message_type {
  name: "Answer"
  field { name: "text" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "number" number: 2 type: TYPE_INT64 label: LABEL_OPTIONAL }
  field { name: "items" number: 3 type: TYPE_STRING label: LABEL_REPEATED }
  field { name: "next_page_token" number: 4 type: TYPE_STRING label: LABEL_OPTIONAL }
}
service { name: "ToyService" %s }
"""

_RULES = {
    # name: (client streams, server streams, options)
    "Do": (False, False, "[doorstep.options.v1.access] { authenticated: true }"),
    "Tell": (False, True, "[doorstep.options.v1.access] { authenticated: true callers: CALLER_KIND_API_KEY }"),
    "Collect": (True, False, "[doorstep.options.v1.access] { authenticated: true }"),
    "Talk": (True, True, "[doorstep.options.v1.access] { authenticated: true }"),
    "Raw": (True, True, "[doorstep.options.v1.access] { authenticated: true }"),
    "Make": (False, False, "[doorstep.options.v1.access] { authenticated: true }"),
    "List": (
        False,
        False,
        "[doorstep.options.v1.access] { authenticated: true } idempotency_level: NO_SIDE_EFFECTS",
    ),
    "Open": (False, False, "[doorstep.options.v1.access] { public: true }"),
    "Closed": (False, False, ""),
    "Inside": (False, False, "[doorstep.options.v1.access] { internal: true }"),
    "Write": (
        False,
        False,
        '[doorstep.options.v1.access] { permission: "toy.write" callers: CALLER_KIND_API_KEY }',
    ),
    "Recent": (False, False, "[doorstep.options.v1.access] { authenticated: true recent_authentication: true }"),
    "Limited": (
        False,
        False,
        (
            "[doorstep.options.v1.access] { authenticated: true } "
            "[doorstep.options.v1.rate_limit] { requests: 5 window_seconds: 60 }"
        ),
    ),
    "Guarded": (
        False,
        False,
        (
            "[doorstep.options.v1.access] { public: true } "
            "[doorstep.options.v1.rate_limit] { requests: 3 window_seconds: 60 per_address: true strict: true }"
        ),
    ),
}


def _load() -> tuple[Any, Any]:
    methods = ""
    for name, (client, server, options) in _RULES.items():
        methods += (
            f'method {{ name: "{name}" input_type: ".doorstep.toy.v1.Ask" output_type: ".doorstep.toy.v1.Answer" '
            f"client_streaming: {str(client).lower()} server_streaming: {str(server).lower()} "
            f"options {{ {options} }} }}\n"
        )
    pool = descriptor_pool.Default()
    file = text_format.Parse(
        _FILE % methods, descriptor_pb2.FileDescriptorProto(), descriptor_pool=pool, allow_unknown_extension=False
    )
    pool.AddSerializedFile(file.SerializeToString())
    return tuple(GetMessageClass(pool.FindMessageTypeByName(f"doorstep.toy.v1.{name}")) for name in ("Ask", "Answer"))


Ask, Answer = _load()
"""The request and the response of every RPC."""


def add_toy_to_server(servicer: Any, server: Any) -> None:
    """What generated code would do."""
    import grpc

    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    handlers = {
        name: make[client, answers](
            getattr(servicer, name),
            request_deserializer=Ask.FromString,
            response_serializer=Answer.SerializeToString,
        )
        for name, (client, answers, _) in _RULES.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_registered_method_handlers(SERVICE, handlers)


class ToyStub:
    """What generated code would be; requests may be bytes, to send what no client would."""

    def __init__(self, channel: Any) -> None:
        for name, (client, answers, _) in _RULES.items():
            kind = f"{'stream' if client else 'unary'}_{'stream' if answers else 'unary'}"
            make = getattr(channel, kind)
            setattr(
                self,
                name,
                make(
                    f"/{SERVICE}/{name}",
                    request_serializer=lambda m: m if isinstance(m, bytes) else m.SerializeToString(),
                    response_deserializer=Answer.FromString,
                ),
            )

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
