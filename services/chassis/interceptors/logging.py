"""Logging: one structured line per call, with ids and never values."""

import time
from typing import Any

import structlog

from services.chassis.interceptors.call import Call, Proceed

_log = structlog.get_logger("doorstep.rpc")

_OURS = frozenset({"INTERNAL", "UNKNOWN", "DATA_LOSS", "UNIMPLEMENTED"})


class Logging:
    """Writes method, code, reason, duration, caller and organisation. Refusals are no errors of ours: level info."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Log when the call has ended, however it ended."""
        try:
            return await proceed(call)
        finally:
            level = "error" if call.status in _OURS else "info"
            getattr(_log, level)(
                "rpc",
                method=call.method.path,
                code=call.status,
                reason=call.reason or None,
                duration_ms=round((time.perf_counter() - call.started) * 1000, 3),
                organization_id=str(call.actor.organization_id) if call.actor.organization_id else None,
            )
