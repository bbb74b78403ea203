"""Envoy's own answers, in the shape of the services' errors: RFC 9457 for JSON, google.rpc.Status for gRPC.

Envoy's texts are replaced: they name types and addresses of ours, and a caller can branch on a reason only.
"""

import base64
from dataclasses import dataclass

from envoy_data_plane.envoy.config.accesslog import v3 as accesslog
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.config.route import v3 as route
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm
from envoy_data_plane.envoy.type.matcher import v3 as matcher
from envoy_data_plane.google.protobuf import Struct
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2

PROBLEM = "application/problem+json"
# Requests that cannot be read are answered before they have an id.
EARLY = (400, 426, 431)
INSTANCE = "urn:uuid:%STREAM_ID%"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that Envoy gives by itself."""

    status: int
    code: str
    reason: str
    detail: str
    flags: tuple[str, ...] = ()
    """Envoy's response flags that select this answer among those of the same status."""
    retry_after: int = 0
    """Seconds to wait, where trying again makes sense."""
    becomes: int = 0
    """The status to answer with instead."""

    @property
    def title(self) -> str:
        """The reason in words, as the Lua filter makes it of the services' reasons."""
        return self.reason.replace("_", " ").capitalize()


# In this order: the first that fits is given.
REPLIES = (
    Reply(400, "INVALID_ARGUMENT", "MALFORMED_REQUEST", "The path, query, headers or body are not well-formed."),
    Reply(401, "UNAUTHENTICATED", "CREDENTIALS_INVALID", "The access token is forged, expired or not meant for us."),
    # Envoy tells tokens for others from forged ones; to us both are no credentials.
    Reply(
        403,
        "UNAUTHENTICATED",
        "CREDENTIALS_INVALID",
        "The access token is forged, expired or not meant for us.",
        becomes=401,
    ),
    Reply(404, "UNIMPLEMENTED", "PATH_NOT_FOUND", "There is nothing at this path."),
    Reply(405, "UNIMPLEMENTED", "PATH_NOT_FOUND", "There is no such verb at this path."),
    Reply(408, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "The request was sent too slowly."),
    Reply(413, "INVALID_ARGUMENT", "REQUEST_TOO_LARGE", "The body is larger than this path takes."),
    Reply(415, "INVALID_ARGUMENT", "MEDIA_TYPE_REFUSED", "Bodies are sent as application/json."),
    Reply(426, "INVALID_ARGUMENT", "MALFORMED_REQUEST", "This version of HTTP is not spoken here."),
    Reply(429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", "Too many calls; wait, then try again.", retry_after=1),
    Reply(431, "INVALID_ARGUMENT", "HEADERS_TOO_LARGE", "The headers are too large or too many."),
    Reply(501, "UNIMPLEMENTED", "PATH_NOT_FOUND", "There is nothing of this kind at this path."),
    Reply(503, "UNAVAILABLE", "OVERLOADED", "Too many calls at once; wait, then try again.", ("UO", "OM"), 1),
    Reply(503, "UNAVAILABLE", "DEPENDENCY_UNAVAILABLE", "No server can answer now; try again.", retry_after=1),
    Reply(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "The call did not finish in time."),
    Reply(502, "UNAVAILABLE", "DEPENDENCY_UNAVAILABLE", "A server answered nonsense; try again.", retry_after=1),
    Reply(500, "INTERNAL", "INTERNAL", "A fault of ours; the request id finds it in the logs."),
)


def local_replies() -> hcm.LocalReplyConfig:
    """Every reply in both shapes, and JSON for readiness."""
    early = [_problem(reply, identified=False) for reply in REPLIES if reply.status in EARLY]
    mappers = [mapper for reply in REPLIES for mapper in (_problem(reply), _grpc(reply))]
    return hcm.LocalReplyConfig(mappers=[*early, *mappers, _ready()])


def status_details(reply: Reply) -> str:
    """A google.rpc.Status with its ErrorInfo, as the header `grpc-status-details-bin` carries it."""
    details: list[any_pb2.Any] = [any_pb2.Any()]
    details[0].Pack(error_details_pb2.ErrorInfo(reason=reply.reason, domain="doorstep"))
    status = status_pb2.Status(code=code_pb2.Code.Value(reply.code), message=reply.detail, details=details)
    # gRPC writes binary headers without padding.
    return base64.b64encode(status.SerializeToString()).decode().rstrip("=")


def _problem(reply: Reply, *, identified: bool = True) -> hcm.ResponseMapper:
    body: dict[str, str | int] = {
        "type": f"urn:doorstep:error:{reply.reason}",
        "title": reply.title,
        "status": reply.becomes or reply.status,
        "detail": reply.detail,
        "code": reply.code,
        "reason": reply.reason,
    }
    callers = [_any(_grpc_caller(wanted=False), _transcoded())]
    if identified:
        body["instance"] = INSTANCE
    else:
        callers.append(_without_id())
    return hcm.ResponseMapper(
        filter=_all(*callers, *_selection(reply)),
        body_format_override=core.SubstitutionFormatString(content_type=PROBLEM, json_format=Struct.from_dict(body)),
        headers_to_add=_headers(reply),
        status_code=reply.becomes or None,
    )


def _grpc(reply: Reply) -> hcm.ResponseMapper:
    return hcm.ResponseMapper(
        filter=_all(_grpc_caller(wanted=True), *_selection(reply)),
        body_format_override=core.SubstitutionFormatString(
            text_format_source=core.DataSource(inline_string=reply.detail), content_type="text/plain"
        ),
        headers_to_add=[
            *_headers(reply),
            # Envoy would derive the code from the HTTP status, and say UNKNOWN or INTERNAL of most.
            header("grpc-status", str(code_pb2.Code.Value(reply.code))),
            header("grpc-status-details-bin", status_details(reply)),
        ],
    )


def _ready() -> hcm.ResponseMapper:
    """The health check filter answers 200 without a body; only it does so as a local reply at these paths."""
    return hcm.ResponseMapper(
        filter=_all(
            _status_is(200),
            _header_is(":path", matcher.StringMatcher(suffix="/readyz")),
        ),
        body_format_override=core.SubstitutionFormatString(
            content_type="application/json", json_format=Struct.from_dict({"status": "SERVING"})
        ),
    )


def header(name: str, value: str) -> core.HeaderValueOption:
    """A response header that replaces one of the same name."""
    return core.HeaderValueOption(
        header=core.HeaderValue(key=name, value=value),
        append_action=core.HeaderValueOptionHeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
    )


def _headers(reply: Reply) -> list[core.HeaderValueOption]:
    always = [header("x-correlation-id", "%STREAM_ID%"), header("cache-control", "no-store")]
    return [*always, header("retry-after", str(reply.retry_after))] if reply.retry_after else always


def _selection(reply: Reply) -> list[accesslog.AccessLogFilter]:
    chosen = [_status_is(reply.status)]
    if reply.flags:
        flags = accesslog.ResponseFlagFilter(flags=list(reply.flags))
        chosen.append(accesslog.AccessLogFilter(response_flag_filter=flags))
    return chosen


def _status_is(status: int) -> accesslog.AccessLogFilter:
    # Envoy asks for a runtime key by which the number could be changed; nobody sets it.
    value = core.RuntimeUInt32(default_value=status, runtime_key="doorstep.unused")
    comparison = accesslog.ComparisonFilter(op=accesslog.ComparisonFilterOp.EQ, value=value)
    return accesslog.AccessLogFilter(status_code_filter=accesslog.StatusCodeFilter(comparison=comparison))


def _header_is(name: str, match: matcher.StringMatcher, *, inverted: bool = False) -> accesslog.AccessLogFilter:
    wanted = route.HeaderMatcher(
        name=name, string_match=match, invert_match=inverted, treat_missing_header_as_empty=True
    )
    return accesslog.AccessLogFilter(header_filter=accesslog.HeaderFilter(header=wanted))


def _grpc_caller(*, wanted: bool) -> accesslog.AccessLogFilter:
    return _header_is("content-type", matcher.StringMatcher(prefix="application/grpc"), inverted=not wanted)


def _transcoded() -> accesslog.AccessLogFilter:
    """The transcoder has turned the request into gRPC already, but a JSON caller waits for the answer."""
    present = route.HeaderMatcher(name="x-envoy-original-path", present_match=True)
    return accesslog.AccessLogFilter(header_filter=accesslog.HeaderFilter(header=present))


def _without_id() -> accesslog.AccessLogFilter:
    absent = route.HeaderMatcher(name="x-request-id", present_match=False)
    return accesslog.AccessLogFilter(header_filter=accesslog.HeaderFilter(header=absent))


def _all(*filters: accesslog.AccessLogFilter) -> accesslog.AccessLogFilter:
    return accesslog.AccessLogFilter(and_filter=accesslog.AndFilter(filters=list(filters)))


def _any(*filters: accesslog.AccessLogFilter) -> accesslog.AccessLogFilter:
    return accesslog.AccessLogFilter(or_filter=accesslog.OrFilter(filters=list(filters)))
