"""Where a call came from: what the audit log, sessions and lockout note besides who called."""

from dataclasses import dataclass

from services.chassis.interceptors.call import current_call

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Origin:
    """One call, as seen from outside. Everything in it but the address is the caller's own claim."""

    address: str = ""
    user_agent: str = ""
    request_id: str = ""


def current_origin() -> Origin:
    """The origin of the RPC that is running; empty in jobs and tools."""
    call = current_call()
    if call is None:
        return Origin()
    return Origin(
        address=call.address[:_LONGEST],
        user_agent=call.metadata.get("x-user-agent", call.metadata.get("user-agent", ""))[:_LONGEST],
        request_id=call.request_id[:_LONGEST],
    )
