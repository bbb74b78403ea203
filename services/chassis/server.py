"""The gRPC server of a process: options with their reasons, the chain in one literal, health and reflection."""

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.chassis.app import App, Resources
from services.chassis.health import Health
from services.chassis.interceptors.authenticate import Authenticate, Credentials
from services.chassis.interceptors.authorize import Authorize
from services.chassis.interceptors.call import Link, methods_of
from services.chassis.interceptors.chain import Chain
from services.chassis.interceptors.deadline import Deadline
from services.chassis.interceptors.errors import Errors
from services.chassis.interceptors.idempotency import Idempotency
from services.chassis.interceptors.logging import Logging
from services.chassis.interceptors.metrics import Metrics
from services.chassis.interceptors.rate_limit import Limit, RateLimitByAddress, RateLimitByCaller
from services.chassis.interceptors.request_id import RequestId
from services.chassis.interceptors.tracing import Tracing
from services.chassis.interceptors.validate import Validate, warm
from services.chassis.ratelimit import RateLimiter
from services.chassis.tokens import AccessTokens, ServiceTokens

OPTIONS: tuple[tuple[str, Any], ...] = (
    # A burst of new streams (10,000 headsets after a restart) is otherwise cancelled by gRPC's core.
    ("grpc.server.max_pending_requests", 200_000),
    ("grpc.server.max_pending_requests_hard_limit", 400_000),
    # Against rapid reset; the gateway opens further connections when it needs more.
    ("grpc.max_concurrent_streams", 1_024),
    # After decompression: a compressed bomb is refused without being unpacked.
    ("grpc.max_receive_message_length", 4 << 20),
    # Twice what the gateway takes from a client, and some: it sends a JSON call's path a second time.
    ("grpc.max_metadata_size", 20 << 10),
    ("grpc.absolute_max_metadata_size", 32 << 10),
    ("grpc.server_handshake_timeout_ms", 3_000),
    # TurboLink pings every 45 s, also without calls; the default server answers that with GOAWAY.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # One process, one port: a second one on it is a mistake to be told, not a silent share of the traffic.
    ("grpc.so_reuseport", 0),
)


def links(resources: Resources, limiter: RateLimiter, credentials: Credentials) -> tuple[Link, ...]:
    """The chain, outermost first."""
    settings = resources.settings
    tokens = AccessTokens(resources.key_ring, settings.issuer)
    service_tokens = ServiceTokens(settings.internal_secret.get_secret_value())
    by_address = Limit(settings.rate_limit_address_requests, settings.rate_limit_window_seconds)
    by_caller = Limit(settings.rate_limit_requests, settings.rate_limit_window_seconds)
    return (
        RequestId(),  # first: everything below names the call by it
        Tracing(exporting=settings.otlp_endpoint is not None),  # around the rest, to time all of it
        Logging(as_json=settings.log_json),  # sees the final code, refusals included
        Metrics(),  # likewise
        Errors(),  # everything below may raise; nothing above does
        Deadline(),  # bounds all that may wait: Redis, identity, the handler
        RateLimitByAddress(
            limiter, by_address, service_tokens, settings.rate_limits
        ),  # before any work for somebody unknown
        Authenticate(tokens, service_tokens, credentials),
        RateLimitByCaller(limiter, by_caller, settings.rate_limits),  # before any work for somebody known
        Authorize(resources.clock),
        Validate(),  # after Authorize: garbage of strangers is not parsed
        Idempotency(resources.database_of),  # last: it needs the caller and the request
    )


def build_server(
    resources: Resources, apps: Sequence[App], limiter: RateLimiter, credentials: Credentials
) -> tuple[grpc.aio.Server, Health]:
    """Make the server with every app's RPCs in it, not yet started."""
    chain = Chain(links(resources, limiter, credentials))
    server = grpc.aio.server(interceptors=(chain,), options=OPTIONS)
    names: list[str] = []
    for app in apps:
        served, raw = app.register(server)
        names += served
        resources.schemas.update(dict.fromkeys(served, app.name))
        chain.take_raw(raw)
    for name in names:
        for method in methods_of(name):
            warm(method.request)
    watch = Health(resources.engine, [app.name for app in apps], names)
    health_pb2_grpc.add_HealthServicer_to_server(watch.servicer, server)
    if not resources.settings.production:
        reflection.enable_server_reflection(
            (*names, health.SERVICE_NAME, reflection.SERVICE_NAME), server, descriptor_pool.Default()
        )
    return server, watch
