"""Where the calls go: the workers, their metrics, and Envoy's own administration interface."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from envoy_data_plane.envoy.config.cluster import v3 as cluster
from envoy_data_plane.envoy.config.core import v3 as core
from envoy_data_plane.envoy.config.endpoint import v3 as endpoint
from envoy_data_plane.envoy.extensions.load_balancing_policies.least_request import v3 as least_request
from envoy_data_plane.envoy.extensions.upstreams.http import v3 as upstream_http
from envoy_data_plane.envoy.type import v3 as etype
from envoy_data_plane.google.protobuf import Any

from gateway import filters
from gateway.settings import Address, GatewaySettings, Upstream

METRICS = "metrics"
ADMIN = "admin"
TRACES = "traces"
# Where a listener on every address is reached from the inside.
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def streams(name: str) -> str:
    """The cluster of an upstream's streaming calls."""
    return f"{name}-streams"


def clusters(settings: GatewaySettings) -> list[cluster.Cluster]:
    """All clusters.

    Every upstream has two of the same workers: a few thousand headsets that stay connected must not use up the bound
    on unary calls in flight, which is what keeps the workers' queues short.
    """
    limits = settings.limits
    found = []
    for upstream in settings.upstreams:
        workers = len(upstream.addresses)
        found.append(_workers(settings, upstream, upstream.name, workers * limits.requests_per_worker))
        found.append(_workers(settings, upstream, streams(upstream.name), workers * limits.streams_per_worker))
    if settings.metrics:
        found.append(_plain(METRICS, [_endpoint(address) for address in settings.metrics], _kind(settings.metrics)))
    found.append(_plain(ADMIN, [endpoint.LbEndpoint(endpoint=endpoint.Endpoint(address=admin_address(settings)))]))
    if settings.otlp:
        collector = _plain(TRACES, [_endpoint(settings.otlp)], _kind((settings.otlp,)))
        collector.typed_extension_protocol_options = {HTTP_OPTIONS: Any.pack(_http2(core.Http2ProtocolOptions()))}
        found.append(collector)
    if settings.jwks is None:
        found.append(_plain(filters.SELF, [_endpoint(inside(settings.operator))]))
    return found


def inside(place: Address) -> Address:
    """Where a listener is reached from this machine."""
    return Address(LOOPBACK.get(place.host, place.host), place.port)


def address(place: Address) -> core.Address:
    """A TCP address in Envoy's form."""
    return core.Address(socket_address=core.SocketAddress(address=place.host, port_value=place.port))


def admin_address(settings: GatewaySettings) -> core.Address:
    """The administration interface: a socket only we may open, or an address."""
    if isinstance(settings.admin, Path):
        return core.Address(pipe=core.Pipe(path=str(settings.admin), mode=0o600))
    return address(settings.admin)


def _endpoint(place: Address) -> endpoint.LbEndpoint:
    return endpoint.LbEndpoint(endpoint=endpoint.Endpoint(address=address(place)))


def _kind(places: Sequence[Address]) -> cluster.ClusterDiscoveryType:
    def is_ip(place: Address) -> bool:
        try:
            ipaddress.ip_address(place.host)
        except ValueError:
            return False
        return True

    if all(is_ip(place) for place in places):
        return cluster.ClusterDiscoveryType.STATIC
    return cluster.ClusterDiscoveryType.STRICT_DNS


def _assignment(name: str, endpoints: list[endpoint.LbEndpoint]) -> endpoint.ClusterLoadAssignment:
    return endpoint.ClusterLoadAssignment(
        cluster_name=name, endpoints=[endpoint.LocalityLbEndpoints(lb_endpoints=endpoints)]
    )


def _workers(settings: GatewaySettings, upstream: Upstream, name: str, in_flight: int) -> cluster.Cluster:
    http2 = core.Http2ProtocolOptions(
        # Room for every stream that a worker takes on a connection (1,024): a few clients that do not read must not use
        # up what the others, whose streams share the connection, are sent through.
        initial_stream_window_size=64 << 10,
        initial_connection_window_size=64 << 20,
        connection_keepalive=core.KeepaliveSettings(interval=timedelta(seconds=30), timeout=timedelta(seconds=5)),
    )
    return cluster.Cluster(
        name=name,
        type=_kind(upstream.addresses),
        connect_timeout=timedelta(milliseconds=500),
        load_balancing_policy=_fewest(),
        # With no worker well, calls are refused at once instead of being sent to all of them.
        common_lb_config=cluster.ClusterCommonLbConfig(
            healthy_panic_threshold=etype.Percent(value=0.0),
            # By default news of health that follow others within a second are held back: the worker that drains right
            # after another has come back would be sent calls until it is gone.
            update_merge_window=timedelta(0),
        ),
        load_assignment=_assignment(name, [_endpoint(place) for place in upstream.addresses]),
        typed_extension_protocol_options={HTTP_OPTIONS: Any.pack(_http2(http2))},
        health_checks=[_health(settings)],
        outlier_detection=_ejection(),
        circuit_breakers=cluster.CircuitBreakers(
            thresholds=[
                cluster.CircuitBreakersThresholds(
                    max_connections=100_000,
                    max_pending_requests=in_flight,
                    max_requests=in_flight,
                    retry_budget=cluster.CircuitBreakersThresholdsRetryBudget(
                        budget_percent=etype.Percent(value=20.0), min_retry_concurrency=10
                    ),
                    track_remaining=True,
                )
            ]
        ),
        per_connection_buffer_limit_bytes=256 << 10,
    )


def _http2(options: core.Http2ProtocolOptions) -> upstream_http.HttpProtocolOptions:
    return upstream_http.HttpProtocolOptions(
        explicit_http_config=upstream_http.HttpProtocolOptionsExplicitHttpConfig(http2_protocol_options=options)
    )


def _fewest() -> cluster.LoadBalancingPolicy:
    """Each call goes to the worker with the fewest calls in flight, of all and not of two picked at random.

    Of few workers, two picks are often the same one. A worker that hangs would get calls until every caller waits for
    it; so it gets no more than what the others have in flight, until its health check fails.
    """
    policy = least_request.LeastRequest(selection_method=least_request.LeastRequestSelectionMethod.FULL_SCAN)
    named = core.TypedExtensionConfig(name="envoy.load_balancing_policies.least_request", typed_config=Any.pack(policy))
    return cluster.LoadBalancingPolicy(policies=[cluster.LoadBalancingPolicyPolicy(typed_extension_config=named)])


def _ejection() -> cluster.OutlierDetection:
    """Until its health check fails, a dead worker has the fewest calls in flight, and would be given every new one."""
    return cluster.OutlierDetection(
        split_external_local_origin_errors=True,
        consecutive_local_origin_failure=2,
        enforcing_consecutive_local_origin_failure=100,
        base_ejection_time=timedelta(seconds=1),
        max_ejection_percent=50,
        # What a worker answers is its business: only unreachable ones are passed over.
        enforcing_consecutive_5xx=0,
        enforcing_consecutive_gateway_failure=0,
        enforcing_success_rate=0,
        enforcing_failure_percentage=0,
        enforcing_local_origin_success_rate=0,
        enforcing_failure_percentage_local_origin=0,
    )


def _health(settings: GatewaySettings) -> core.HealthCheck:
    interval = timedelta(seconds=settings.health_interval_seconds)
    return core.HealthCheck(
        interval=interval,
        no_traffic_interval=interval,
        unhealthy_interval=interval,
        # A busy worker answers late; a draining one answers NOT_SERVING at once. Two in a row of either count.
        timeout=timedelta(seconds=2),
        unhealthy_threshold=2,
        healthy_threshold=1,
        grpc_health_check=core.HealthCheckGrpcHealthCheck(),
    )


def _plain(
    name: str,
    endpoints: list[endpoint.LbEndpoint],
    kind: cluster.ClusterDiscoveryType = cluster.ClusterDiscoveryType.STATIC,
) -> cluster.Cluster:
    return cluster.Cluster(
        name=name, type=kind, connect_timeout=timedelta(seconds=1), load_assignment=_assignment(name, endpoints)
    )
