"""Logging: one structured line per call, with ids and never values."""

import time
from typing import Any

import structlog

from services.chassis.interceptors.call import Call, Proceed

_log = structlog.get_logger("doorstep.rpc")

_OURS = frozenset({"INTERNAL", "UNKNOWN", "DATA_LOSS", "UNIMPLEMENTED"})


class Logging:
    """Writes method, code, reason, duration, caller and organisation. Refusals are no errors of ours: level info."""

    def __init__(self, *, as_json: bool) -> None:
        """`as_json`: lines are JSON, and those of calls that went as they should are written without the library."""
        self._as_json = as_json
        self._second, self._moment = 0, ""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Log when the call has ended, however it ended."""
        try:
            return await proceed(call)
        finally:
            if self._as_json and call.status not in _OURS:
                self._write(call)
            else:
                getattr(_log, "error" if call.status in _OURS else "info")(
                    "rpc",
                    method=call.method.path,
                    code=call.status,
                    reason=call.reason or None,
                    duration_ms=round((time.perf_counter() - call.started) * 1000, 3),
                    organization_id=str(call.actor.organization_id) if call.actor.organization_id else None,
                )

    def _write(self, call: Call) -> None:
        """The line that structlog's processors would make, at a tenth of their forty microseconds.

        Nothing needs to be escaped: every value is a name of ours, a number, a UUID or a request id, which holds
        letters, digits, dots, dashes and underscores only.
        """
        logger = _log.bind()
        if not logger.is_enabled_for(20):
            return
        actor, now = call.actor, time.time()
        organization_id = f'"{actor.organization_id}"' if actor.organization_id else "null"
        reason = f'"{call.reason}"' if call.reason else "null"
        caller = f'"{actor.identity}"' if actor.identity else "null"
        second = int(now)
        if second != self._second:
            self._second, self._moment = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        logger._logger.msg(
            f'{{"method": "{call.method.path}", "code": "{call.status}", "reason": {reason}, "duration_ms": '
            f'{(time.perf_counter() - call.started) * 1000:.3f}, "organization_id": {organization_id}, "event": "rpc", '
            f'"request_id": "{call.request_id}", "caller": {caller}, "level": "info", '
            f'"timestamp": "{self._moment}.{int((now - second) * 1e6):06d}Z"}}'
        )
