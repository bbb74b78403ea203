"""Logs, metrics and traces of a process: set up once, before anything else."""

import asyncio
import logging
import sys
import time
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from services.chassis.interceptors.call import current_call
from services.chassis.settings import Settings
from services.chassis.tally import TALLY

LAG = Histogram(
    "event_loop_lag_seconds",
    "How late the event loop wakes a sleeper: false async shows here first.",
    buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1),
)
_SECRET = ("password", "token", "secret", "authorization", "api_key", "otp", "email", "phone")


def set_up(settings: Settings, service_names: str) -> None:
    """Configure logs for the process, and traces where an endpoint is given."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=level, stream=sys.stderr, format="%(message)s")
    renderer: Any = structlog.processors.JSONRenderer() if settings.log_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            of_call,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    if settings.otlp_endpoint is not None:
        provider = TracerProvider(resource=Resource.create({"service.name": f"doorstep-{service_names}"}))
        exporter = OTLPSpanExporter(endpoint=settings.otlp_endpoint, insecure=True)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        trace.set_tracer_provider(provider)


def of_call(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Name the call and the caller on every line that is written during a call.

    Looked up when a line is written rather than bound when a call begins: most calls write one line.
    """
    call = current_call()
    if call is not None:
        event.setdefault("request_id", call.request_id)
        event.setdefault("caller", call.actor.identity or None)
    return event


def redact(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank what a careless line would give away, and keep one record on one line."""
    for key, value in event.items():
        if any(word in key.lower() for word in _SECRET) and value is not None:
            event[key] = "[redacted]"
        elif isinstance(value, str) and len(value) > 4096:
            event[key] = value[:4096] + "..."
    return event


def serve_metrics(settings: Settings) -> int:
    """Serve Prometheus metrics on loopback; of all processes that share `prometheus_dir`. Returns the port."""
    registry = CollectorRegistry()
    if settings.prometheus_dir is not None:
        registry.register(TALLY)  # first, so that what this process has not handed over yet is in the files
        MultiProcessCollector(registry, path=str(settings.prometheus_dir))  # type: ignore[no-untyped-call]
        server, _ = start_http_server(settings.metrics_port, addr=settings.host, registry=registry)
    else:
        server, _ = start_http_server(settings.metrics_port, addr=settings.host)
    return int(server.server_port)


async def measure_lag() -> None:
    """Observe the event loop until cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.5)
        LAG.observe(max(0.0, time.perf_counter() - before - 0.5))
