"""RequestId: every call has an id, in every log line, in the answer, in jobs and events."""

import re
from typing import Any

import structlog

from services.chassis.ids import new_id
from services.chassis.interceptors.call import Call, Proceed

HEADER = "x-request-id"
_SOUND = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the id that the gateway made (it replaces what the outside sends), or makes one."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Bind the id for the length of the call."""
        given = call.metadata.get(HEADER, "")
        call.request_id = given if _SOUND.fullmatch(given) else str(new_id())
        call.context.set_trailing_metadata(((HEADER, call.request_id),))
        structlog.contextvars.bind_contextvars(request_id=call.request_id)
        return await proceed(call)
