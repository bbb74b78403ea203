"""What travels with an event or a job, so that the log lines and spans of its handler belong to the request behind it.

The W3C trace context (`traceparent`, `tracestate`) and the request id; nothing else, because whatever stands here is
kept in tables and streams.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

from services.chassis.interceptors.call import current_call

__all__ = ["carrier", "resumed"]

_tracer = trace.get_tracer("doorstep.background")


def carrier() -> dict[str, str]:
    """Take the headers of the request, event or job that is being worked on."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    call = current_call()
    request_id = structlog.contextvars.get_contextvars().get("request_id") if call is None else call.request_id
    if request_id:
        headers["request_id"] = str(request_id)
    return headers


@contextmanager
def resumed(name: str, headers: Mapping[str, str], **fields: object) -> Iterator[None]:
    """Work in the context of `headers`: one span called `name`, and `fields` on every log line."""
    context = propagate.extract(dict(headers))
    bound = {"request_id": headers.get("request_id", ""), **fields}
    with (
        _tracer.start_as_current_span(name, context=context, kind=SpanKind.CONSUMER),
        structlog.contextvars.bound_contextvars(**bound),
    ):
        yield
