"""RequestId: every call has an id, in every log line, in the answer, in jobs and events."""

import re
from typing import Any

import uuid_utils

from services.chassis.interceptors.call import Call, Proceed

HEADER = "x-request-id"
_SOUND = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the id that the gateway made (it replaces what the outside sends), or makes one."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Name the call; `observability.of_call` puts the id into every log line."""
        given = call.metadata.get(HEADER, "")
        call.request_id = given if _SOUND.fullmatch(given) else str(uuid_utils.uuid7())
        call.context.set_trailing_metadata(((HEADER, call.request_id),))
        return await proceed(call)
