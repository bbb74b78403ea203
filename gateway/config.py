"""Envoy's bootstrap configuration: a pure function of the settings and of the descriptor set."""

from datetime import timedelta
from typing import Any as Anything

import yaml
from envoy_data_plane.envoy.config.accesslog import v3 as accesslog
from envoy_data_plane.envoy.config.bootstrap import v3 as bootstrap_v3
from envoy_data_plane.envoy.config.common.mutation_rules import v3 as mutation_rules
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.config.listener import v3 as listener
from envoy_data_plane.envoy.config.overload import v3 as overload
from envoy_data_plane.envoy.config.route import v3 as route
from envoy_data_plane.envoy.config.trace import v3 as trace
from envoy_data_plane.envoy.extensions.access_loggers.file import v3 as file_log
from envoy_data_plane.envoy.extensions.filters.http.router import v3 as router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager import v3 as hcm
from envoy_data_plane.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early
from envoy_data_plane.envoy.extensions.resource_monitors.downstream_connections import v3 as connections
from envoy_data_plane.envoy.extensions.transport_sockets.tls import v3 as tls
from envoy_data_plane.envoy.type.matcher import v3 as matcher
from envoy_data_plane.google.protobuf import Any, Struct

import gateway.haste  # noqa: F401 - the library needs it
from gateway import clusters, filters, replies, routes
from gateway.contract import Method, public_methods
from gateway.settings import Address, GatewaySettings

PUBLIC = "public"
OPERATOR = "operator"
# gRPC refuses names that HTTP allows (`x!`), and answers a whole call with INTERNAL over one of them.
ILLEGAL_NAME = "[^:].*[^-_.0-9a-z].*|[^-_.0-9a-z:].*"
# What only we may say: names of internal credentials, and Envoy's notes to itself.
OURS = ("x-doorstep-", "x-envoy-")
LOG_FIELDS = {
    "time": "%START_TIME%",
    "request_id": "%REQ(x-request-id)%",
    "traceparent": "%REQ(traceparent)%",
    "method": "%REQ(x-envoy-original-method?:method)%",
    "path": "%PATH(NQ:ORIG_OR_PATH)%",
    "rpc": "%ROUTE_NAME%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS%",
    "reason": "%DYNAMIC_METADATA(doorstep:reason)%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "bytes_in": "%BYTES_RECEIVED%",
    "bytes_out": "%BYTES_SENT%",
    "milliseconds": "%DURATION%",
    "upstream": "%UPSTREAM_HOST%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "user_agent": "%REQ(user-agent)%",
}


def bootstrap(settings: GatewaySettings, image: bytes) -> bootstrap_v3.Bootstrap:
    """The whole configuration for `settings` and the descriptor set `image`."""
    methods = public_methods(image)
    return bootstrap_v3.Bootstrap(
        node=core.Node(id="gateway", cluster="doorstep"),
        admin=bootstrap_v3.Admin(address=clusters.admin_address(settings)),
        layered_runtime=bootstrap_v3.LayeredRuntime(layers=[_runtime(settings)]),
        overload_manager=_overload(settings),
        static_resources=bootstrap_v3.BootstrapStaticResources(
            listeners=[public_listener(settings, methods), operator_listener(settings, methods)],
            clusters=clusters.clusters(settings),
        ),
    )


def render(settings: GatewaySettings, image: bytes) -> str:
    """The configuration as YAML, as `envoy -c` reads it."""
    # The C implementation, where there is one, is four times as fast.
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(_mended(bootstrap(settings, image).to_dict()), Dumper=dumper, sort_keys=False, width=120))


def _mended(value: Anything) -> Anything:
    # Numbers in a Struct are floats, and Envoy would print a status as `404.0`. The library spells one JSON name wrong.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key.replace("5Xx", "5xx"): _mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return value


# --- listeners ---------------------------------------------------------------------------------------------------


def public_listener(settings: GatewaySettings, methods: list[Method]) -> listener.Listener:
    """JSON, gRPC, gRPC-Web and event streams, on one port."""
    services = sorted({method.service for method in methods})
    limits = settings.limits
    manager = hcm.HttpConnectionManager(
        stat_prefix=PUBLIC,
        codec_type=hcm.HttpConnectionManagerCodecType.AUTO,
        http_filters=filters.public_filters(settings, services, [u.name for u in settings.upstreams], PUBLIC),
        route_config=route.RouteConfiguration(
            name=PUBLIC,
            virtual_hosts=[routes.virtual_host(settings, methods)],
            validate_clusters=False,
            # The API browser is a single script of one and a half megabytes.
            max_direct_response_body_size_bytes=8 << 20,
        ),
        server_name="doorstep",
        use_remote_address=True,
        xff_num_trusted_hops=settings.trusted_hops,
        # Nobody is internal: a caller's request id, address and x-envoy headers are never believed.
        internal_address_config=hcm.HttpConnectionManagerInternalAddressConfig(),
        generate_request_id=True,
        always_set_request_id_in_response=True,
        early_header_mutation_extensions=[_early_headers()],
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action=(hcm.HttpConnectionManagerPathWithEscapedSlashesAction.REJECT_REQUEST),
        strip_any_host_port=True,
        # The workers take twice as much (their `max_metadata_size`).
        max_request_headers_kb=8,
        common_http_protocol_options=core.HttpProtocolOptions(
            idle_timeout=timedelta(seconds=limits.connection_idle_seconds),
            max_headers_count=64,
            max_stream_duration=timedelta(seconds=limits.request_seconds),
            headers_with_underscores_action=core.HttpProtocolOptionsHeadersWithUnderscoresAction.REJECT_REQUEST,
        ),
        http2_protocol_options=core.Http2ProtocolOptions(
            max_concurrent_streams=100,
            initial_stream_window_size=64 << 10,
            initial_connection_window_size=1 << 20,
            # Finds headsets that are gone without a word.
            connection_keepalive=core.KeepaliveSettings(interval=timedelta(seconds=30), timeout=timedelta(seconds=10)),
        ),
        request_headers_timeout=timedelta(seconds=3),
        stream_idle_timeout=timedelta(seconds=limits.slow_body_seconds),
        delayed_close_timeout=timedelta(seconds=1),
        local_reply_config=replies.local_replies(),
        access_log=_access_log(settings),
    )
    if settings.otlp:
        manager.tracing = _tracing()
    chain = _chain(manager)
    if settings.tls:
        chain.transport_socket = _tls(settings)
    # Socket sharing (reuse_port) lets a successor listen before this one has stopped.
    return listener.Listener(
        name=PUBLIC,
        address=clusters.address(settings.public),
        filter_chains=[chain],
        enable_reuse_port=True,
        per_connection_buffer_limit_bytes=32 << 10,
    )


def operator_listener(settings: GatewaySettings, methods: list[Method]) -> listener.Listener:
    """Metrics and health for those who run the suite."""
    own = route.Route(
        match=route.RouteMatch(path="/metrics/gateway"),
        route=route.RouteAction(cluster=clusters.ADMIN, prefix_rewrite="/stats/prometheus"),
    )
    healthy = routes.fixed("/healthz", core.DataSource(inline_string='{"status":"SERVING"}'), "application/json")
    found = [own, healthy]
    if settings.metrics:
        services = route.RouteAction(cluster=clusters.METRICS, timeout=timedelta(seconds=10))
        found.append(route.Route(match=route.RouteMatch(path="/metrics"), route=services))
    chain = [filters.http_filter("envoy.filters.http.router", router.Router())]
    keys = [m for m in methods if any(binding.template == filters.JWKS_PATH for binding in m.bindings)]
    if keys:
        # The public listener verifies tokens by what it reads here.
        chain.insert(
            0, filters.http_filter(filters.TRANSCODER, filters.transcoding(settings, [keys[0].service], only=False))
        )
        cluster = routes.cluster_of(settings, keys[0].service)
        found.append(route.Route(match=route.RouteMatch(path=keys[0].path), route=route.RouteAction(cluster=cluster)))
    ready = filters.readiness([upstream.name for upstream in settings.upstreams])
    manager = hcm.HttpConnectionManager(
        stat_prefix=OPERATOR,
        http_filters=[
            filters.http_filter("envoy.filters.http.health_check", ready),
            *chain,
        ],
        route_config=route.RouteConfiguration(
            name=OPERATOR, virtual_hosts=[route.VirtualHost(name=OPERATOR, domains=["*"], routes=found)]
        ),
        local_reply_config=replies.local_replies(),
        request_headers_timeout=timedelta(seconds=3),
        stream_idle_timeout=timedelta(seconds=15),
    )
    return listener.Listener(
        name=OPERATOR,
        address=clusters.address(settings.operator),
        filter_chains=[_chain(manager)],
        enable_reuse_port=True,
        # Operators must get in when the public is refused.
        ignore_global_conn_limit=True,
    )


def _chain(manager: hcm.HttpConnectionManager) -> listener.FilterChain:
    return listener.FilterChain(
        filters=[listener.Filter(name="envoy.filters.network.http_connection_manager", typed_config=Any.pack(manager))]
    )


def _early_headers() -> core.TypedExtensionConfig:
    matchers = [matcher.StringMatcher(safe_regex=matcher.RegexMatcher(regex=ILLEGAL_NAME))]
    matchers += [matcher.StringMatcher(prefix=prefix) for prefix in OURS]
    return core.TypedExtensionConfig(
        name="remove-illegal-and-internal",
        typed_config=Any.pack(
            early.HeaderMutation(
                mutations=[
                    mutation_rules.HeaderMutation(
                        remove_on_match=mutation_rules.HeaderMutationRemoveOnMatch(key_matcher=match)
                    )
                    for match in matchers
                ]
            )
        ),
    )


def _tls(settings: GatewaySettings) -> core.TransportSocket:
    assert settings.tls is not None  # noqa: S101 - for the type checker; the caller has looked
    context = tls.DownstreamTlsContext(
        common_tls_context=tls.CommonTlsContext(
            alpn_protocols=["h2", "http/1.1"],
            tls_params=tls.TlsParameters(tls_minimum_protocol_version=tls.TlsParametersTlsProtocol.TLSv1_2),
            tls_certificates=[
                tls.TlsCertificate(
                    certificate_chain=core.DataSource(filename=str(settings.tls.certificate)),
                    private_key=core.DataSource(filename=str(settings.tls.key)),
                )
            ],
        )
    )
    return core.TransportSocket(name="envoy.transport_sockets.tls", typed_config=Any.pack(context))


def _tracing() -> hcm.HttpConnectionManagerTracing:
    """W3C trace context from here on. What a trace costs is decided at the collector, so that none is cut in half."""
    collector = core.GrpcService(envoy_grpc=core.GrpcServiceEnvoyGrpc(cluster_name=clusters.TRACES))
    provider = trace.TracingHttp(
        name="envoy.tracers.opentelemetry",
        typed_config=Any.pack(trace.OpenTelemetryConfig(grpc_service=collector, service_name="doorstep-gateway")),
    )
    return hcm.HttpConnectionManagerTracing(provider=provider, spawn_upstream_span=True)


def _access_log(settings: GatewaySettings) -> list[accesslog.AccessLog]:
    if settings.access_log is None:
        return []
    form = core.SubstitutionFormatString(json_format=Struct.from_dict(LOG_FIELDS))
    log = file_log.FileAccessLog(path=settings.access_log, log_format=form)
    return [accesslog.AccessLog(name="envoy.access_loggers.file", typed_config=Any.pack(log))]


# --- the process -------------------------------------------------------------------------------------------------


def _runtime(settings: GatewaySettings) -> bootstrap_v3.RuntimeLayer:
    # Clients with short deadlines cancel many calls on one connection under load, and are no attackers for it.
    values = {"overload.premature_reset_total_stream_count": settings.limits.premature_resets}
    return bootstrap_v3.RuntimeLayer(name="doorstep", static_layer=Struct.from_dict(values))


def _overload(settings: GatewaySettings) -> overload.OverloadManager:
    monitor = connections.DownstreamConnectionsConfig(max_active_downstream_connections=settings.limits.connections)
    return overload.OverloadManager(
        resource_monitors=[
            overload.ResourceMonitor(
                name="envoy.resource_monitors.global_downstream_max_connections", typed_config=Any.pack(monitor)
            )
        ]
    )


__all__ = ["Address", "bootstrap", "render"]
