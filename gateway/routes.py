"""The routes of the public listener, derived from the RPCs.

Each RPC has a route by its gRPC path: the transcoder rewrites JSON requests to that path and lets Envoy choose again,
so timeouts, retries and clusters are said once. JSON paths have routes of their own only where something must be known
before the transcoder runs.

The routes of RPCs are found by their path in a table: Envoy looks at a list of routes from its beginning, headers
before paths, and would pass those of a hundred other RPCs, twice for a JSON request.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import betterproto2
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.config.route import v3 as route
from envoy_data_plane.envoy.extensions.filters.http.buffer import v3 as buffer
from envoy_data_plane.envoy.extensions.filters.http.compressor import v3 as compressor
from envoy_data_plane.envoy.extensions.filters.http.cors import v3 as cors
from envoy_data_plane.envoy.extensions.filters.http.lua import v3 as lua
from envoy_data_plane.envoy.extensions.retry.host.previous_hosts import v3 as previous_hosts
from envoy_data_plane.envoy.type.matcher import v3 as matcher
from envoy_data_plane.google.protobuf import Any, Struct
from envoy_data_plane.xds.core import v3 as xds_core
from envoy_data_plane.xds.type.matcher import v3 as xds

from gateway import assets, filters
from gateway.clusters import streams
from gateway.contract import Binding, Method
from gateway.replies import header
from gateway.settings import GatewaySettings

NEVER = timedelta(0)
# Nothing has reached a worker: trying another one cannot run a call twice. The default of all routes.
UNSENT = "connect-failure,refused-stream"
# The answer was lost: only for calls that may run twice. A worker that is stopped in haste ends its calls as cancelled;
# a caller who cancels resets the stream, which is not tried again.
LOST = "connect-failure,refused-stream,reset,unavailable,cancelled"
# These have nothing to do for a gRPC call. JSON requests have been given them before they come to such a route.
NOT_FOR_GRPC: dict[str, betterproto2.Message] = {
    name: route.FilterConfig(disabled=True) for name in (filters.COMPRESSOR, filters.PROBLEMS, filters.TRANSCODER)
}
REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
PROTECTED_HEADERS = (
    "authorization,content-type,accept,idempotency-key,x-api-key,x-grpc-web,x-user-agent,grpc-timeout,last-event-id,"
    "traceparent,tracestate,if-match"
)
EXPOSED_HEADERS = (
    "grpc-status,grpc-message,grpc-status-details-bin,retry-after,x-correlation-id,x-request-id,etag,location"
)


def virtual_host(settings: GatewaySettings, methods: list[Method]) -> route.VirtualHost:
    """Everything that the public listener answers to."""
    services = sorted({method.service for method in methods})
    others = _files(settings)
    if not settings.production:
        others += [_reflection(settings, name) for name in REFLECTION]
    for method in methods:
        others += [r for binding in method.bindings for r in _json_routes(settings, services, method, binding)]
    table = {method.path: _found([*_grpc_routes(settings, method), *_nothing()]) for method in methods}
    host = route.VirtualHost(
        name="doorstep",
        domains=["*"],
        matcher=xds.Matcher(
            matcher_tree=xds.MatcherMatcherTree(
                input=xds_core.TypedExtensionConfig(
                    name="path", typed_config=Any.pack(matcher.HttpRequestHeaderMatchInput(header_name=":path"))
                ),
                exact_match_map=xds.MatcherMatcherTreeMatchMap(map=table),
            ),
            on_no_match=_found([*others, *_nothing()]),
        ),
        retry_policy=_retries(UNSENT),
    )
    if settings.allowed_origins:
        host.typed_per_filter_config = {filters.CORS: Any.pack(_cors(settings))}
    return host


def _found(routes: Iterable[route.Route]) -> xds.MatcherOnMatch:
    listed = route.RouteList(routes=list(routes))
    return xds.MatcherOnMatch(action=xds_core.TypedExtensionConfig(name="routes", typed_config=Any.pack(listed)))


def _nothing() -> list[route.Route]:
    """JSON requests pass here before they are transcoded; what arrives at the routes themselves has no RPC behind it.

    There are three, so that the filter for other bodies stays out of the way of requests that have none, or say JSON.
    """

    def one(headers: list[route.HeaderMatcher], per_filter: dict[str, betterproto2.Message]) -> route.Route:
        return route.Route(
            name="nothing",
            match=route.RouteMatch(prefix="/", headers=headers),
            # A cluster that does not exist, because the CORS filter ignores routes with a direct response.
            route=route.RouteAction(
                cluster="nowhere",
                cluster_not_found_response_code=route.RouteActionClusterNotFoundResponseCode.NOT_FOUND,
            ),
            typed_per_filter_config=_per_filter(per_filter),
        )

    absent = route.HeaderMatcher(name="content-type", present_match=False)
    plain = route.HeaderMatcher(name="content-type", string_match=matcher.StringMatcher(prefix="application/json"))
    return [one([absent], {}), one([plain], {}), one([], _other_bodies())]


def _other_bodies(**facts: str) -> dict[str, betterproto2.Message]:
    """Enables the filter for bodies that are not plain JSON, and tells it about the RPC."""
    return {filters.BODIES: lua.LuaPerRoute(filter_context=Struct.from_dict(facts))}


def _cors(settings: GatewaySettings) -> cors.CorsPolicy:
    return cors.CorsPolicy(
        allow_origin_string_match=[matcher.StringMatcher(exact=origin) for origin in settings.allowed_origins],
        allow_methods="GET,POST,PUT,PATCH,DELETE,OPTIONS",
        allow_headers=PROTECTED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        max_age="600",
        # Credentials are headers, never cookies.
        allow_credentials=False,
    )


# --- RPCs --------------------------------------------------------------------------------------------------------


def cluster_of(settings: GatewaySettings, service: str) -> str:
    """The upstream that serves a service; the first one takes what no other claims."""
    for upstream in settings.upstreams:
        if any(service.startswith(package + ".") for package in upstream.packages):
            return upstream.name
    return settings.upstreams[0].name


def _is_grpc() -> route.HeaderMatcher:
    # gRPC-Web too: the route is chosen before its filter has translated the request.
    return route.HeaderMatcher(name="content-type", string_match=matcher.StringMatcher(prefix="application/grpc"))


def _retries(on: str, seconds: float | None = None) -> route.RetryPolicy:
    return route.RetryPolicy(
        retry_on=on,
        per_try_timeout=None if seconds is None else timedelta(seconds=seconds),
        num_retries=2,
        host_selection_retry_max_attempts=10,
        retry_host_predicate=[
            route.RetryPolicyRetryHostPredicate(
                name="envoy.retry_host_predicates.previous_hosts",
                typed_config=Any.pack(previous_hosts.PreviousHostsPredicate()),
            )
        ],
    )


def _grpc_routes(settings: GatewaySettings, method: Method) -> list[route.Route]:
    cluster = cluster_of(settings, method.service)
    if method.streaming:
        return [
            route.Route(
                name=method.path,
                match=route.RouteMatch(path=method.path, headers=[_is_grpc()]),
                route=_stream_action(settings, streams(cluster)),
                typed_per_filter_config=_per_filter(NOT_FOR_GRPC | _own_filters(method)),
            )
        ]
    seconds = timedelta(seconds=settings.limits.unary_seconds)
    once = route.RouteAction(cluster=cluster, timeout=seconds, idle_timeout=seconds)
    again = route.RouteAction(cluster=cluster, timeout=seconds, idle_timeout=seconds, retry_policy=_retries(LOST))
    match = route.RouteMatch(path=method.path, headers=[_is_grpc()])
    per_filter = _per_filter(NOT_FOR_GRPC | _own_filters(method))
    if method.reading:
        again.hedge_policy = route.HedgePolicy(hedge_on_per_try_timeout=True)
        again.retry_policy = _retries(LOST, settings.limits.hedge_seconds)
    if method.repeatable:
        return [route.Route(name=method.path, match=match, route=again, typed_per_filter_config=per_filter)]
    found = [route.Route(name=method.path, match=match, route=once, typed_per_filter_config=per_filter)]
    if method.keyed:
        # An empty header is no key.
        some = matcher.StringMatcher(safe_regex=matcher.RegexMatcher(regex=".+"))
        has_key = route.HeaderMatcher(name="idempotency-key", string_match=some)
        keyed = route.RouteMatch(path=method.path, headers=[_is_grpc(), has_key])
        found.insert(
            0, route.Route(name=method.path + "#keyed", match=keyed, route=again, typed_per_filter_config=per_filter)
        )
    return found


def _stream_action(settings: GatewaySettings, cluster: str) -> route.RouteAction:
    return route.RouteAction(
        cluster=cluster,
        timeout=NEVER,
        idle_timeout=timedelta(seconds=settings.limits.stream_idle_seconds),
        max_stream_duration=route.RouteActionMaxStreamDuration(max_stream_duration=NEVER),
    )


def _own_filters(method: Method) -> dict[str, betterproto2.Message]:
    found: dict[str, betterproto2.Message] = {}
    if method.client_streaming:
        found[filters.BUFFER] = buffer.BufferPerRoute(disabled=True)
    elif method.request_bytes:
        found[filters.BUFFER] = buffer.BufferPerRoute(buffer=buffer.Buffer(max_request_bytes=method.request_bytes))
    if method.server_streaming:
        found[filters.COMPRESSOR] = compressor.CompressorPerRoute(disabled=True)
    return found


def _per_filter(found: dict[str, betterproto2.Message]) -> dict[str, Any]:
    return {name: Any.pack(message) for name, message in found.items()}


def _json_routes(settings: GatewaySettings, services: list[str], method: Method, binding: Binding) -> list[route.Route]:
    """Routes by JSON path, where the answer's form depends on `Accept` or the body must not be buffered or checked."""
    if not (method.streaming or method.raw or method.request_bytes):
        return []
    verb = route.HeaderMatcher(name=":method", string_match=matcher.StringMatcher(exact=binding.verb))
    facts: dict[str, str] = {}
    if method.raw:
        facts["raw"] = "true"
    if method.resume_field:
        facts["resume_field"] = method.resume_field
    forms: list[tuple[str, dict[str, str], dict[str, betterproto2.Message]]] = []
    if method.server_streaming:
        sse = filters.transcoding(settings, services, sse=True)
        lines = filters.transcoding(settings, services, ndjson=True)
        forms = [
            ("text/event-stream", {"content_type": "text/event-stream"}, {filters.TRANSCODER: sse}),
            ("application/x-ndjson", {"content_type": "application/x-ndjson"}, {filters.TRANSCODER: lines}),
        ]
    cluster = cluster_of(settings, method.service)
    found = []
    for accept, more, per_filter in [*forms, ("", {}, {})]:
        headers = [verb]
        if accept:
            headers.append(route.HeaderMatcher(name="accept", string_match=matcher.StringMatcher(contains=accept)))
        action = _stream_action(settings, streams(cluster))
        if not method.streaming:
            # Bounded as any unary call while the body arrives; the rest is said by the route of the RPC.
            action = route.RouteAction(cluster=cluster)
        one = route.Route(
            name=f"{binding.verb} {binding.template} {accept}".strip(),
            match=route.RouteMatch(safe_regex=matcher.RegexMatcher(regex=binding.regex), headers=headers),
            route=action,
            typed_per_filter_config=_per_filter(
                {**_own_filters(method), **per_filter, **_other_bodies(**facts, **more)}
            ),
        )
        found.append(one)
    return found


def _reflection(settings: GatewaySettings, service: str) -> route.Route:
    return route.Route(
        name=service,
        match=route.RouteMatch(prefix=f"/{service}/", headers=[_is_grpc()]),
        route=_stream_action(settings, streams(settings.upstreams[0].name)),
        typed_per_filter_config=_per_filter({filters.BUFFER: buffer.BufferPerRoute(disabled=True)}),
    )


# --- files and fixed answers -------------------------------------------------------------------------------------


def _files(settings: GatewaySettings) -> list[route.Route]:
    found = [
        fixed(path, core.DataSource(inline_string='{"status":"SERVING"}'), "application/json")
        for path in ("/healthz", "/api/v1/healthz")
    ]
    for page in assets.PAGES:
        source = core.DataSource(filename=str(Path(settings.assets) / page.file))
        found += [fixed(path, source, page.content_type, page.headers) for path in page.paths]
    return found


def fixed(path: str, body: core.DataSource, content_type: str, headers: dict[str, str] | None = None) -> route.Route:
    """A path with a fixed answer, which the transcoder must not take for an unknown RPC."""
    return route.Route(
        name=path,
        match=route.RouteMatch(path=path),
        direct_response=route.DirectResponseAction(status=200, body=body),
        response_headers_to_add=[
            header("content-type", content_type),
            *(header(name, value) for name, value in (headers or {}).items()),
        ],
        typed_per_filter_config={filters.TRANSCODER: Any.pack(route.FilterConfig(disabled=True))},
    )
