"""Idempotency: gives a mutating unary call with a key its guard (see `chassis/idempotency.py`)."""

import re
from typing import Any

from services.chassis.errors import InvalidFields, Violation
from services.chassis.idempotency import Guard, ReplayAnswer, set_current_guard
from services.chassis.interceptors.call import Call, Kind, Proceed
from services.chassis.interceptors.chain import serialize

HEADER = "idempotency-key"
_SOUND = re.compile(r"[\x21-\x7e]{1,255}")


class Idempotency:
    """Takes the key from the header `idempotency-key`, else from a field `request_id` (AIP-155)."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Answer from the store, or store the answer."""
        key = self._key(call)
        if not key:
            return await proceed(call)
        if not _SOUND.fullmatch(key):
            raise InvalidFields(
                metadata={"fields": HEADER},
                violations=[Violation(HEADER, "must be 1 to 255 printable ASCII characters")],
            )
        guard = Guard(
            key=key,
            caller=call.actor.identity or f"address:{call.address}",
            method=call.method.path,
            organization_id=call.actor.organization_id,
            request=call.request.SerializeToString(deterministic=True),
        )
        set_current_guard(guard)
        try:
            response = await proceed(call)
            answer = serialize(response)
            await guard.finish(answer)
        except ReplayAnswer as replay:
            return replay.response
        except BaseException:
            await guard.abandon()
            raise
        return answer

    @staticmethod
    def _key(call: Call) -> str:
        method = call.method
        if method.read_only or method.raw or method.kind is not Kind.UNARY_UNARY:
            return ""
        return call.metadata.get(HEADER) or str(getattr(call.request, "request_id", ""))
