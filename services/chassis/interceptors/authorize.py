"""Authorize: the access rule in the proto, enforced. No rule, no entry."""

from datetime import timedelta
from typing import Any

from doorstep.options.v1 import options_pb2
from services.chassis.actor import Actor, CallerKind
from services.chassis.clock import Clock
from services.chassis.errors import AccessUndeclared, CredentialsMissing, PermissionMissing, ReauthRequired
from services.chassis.interceptors.call import Call, Proceed

RECENT = timedelta(minutes=5)

_KINDS = {
    CallerKind.USER: options_pb2.CALLER_KIND_USER,
    CallerKind.API_KEY: options_pb2.CALLER_KIND_API_KEY,
    CallerKind.DEVICE: options_pb2.CALLER_KIND_DEVICE,
}


class Authorize:
    """Admits a proven caller to a method. What row it may touch is the service's policy."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock by which `recent_authentication` is judged."""
        self._clock = clock

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Refuse or go on."""
        check(call.method.access, call.actor, self._clock, from_peer=call.from_peer)
        return await proceed(call)


def check(access: options_pb2.Access | None, actor: Actor, clock: Clock, *, from_peer: bool = False) -> None:
    """Hold `actor` against a rule; `from_peer`: another service calls, perhaps on the actor's behalf.

    Raises:
        AccessUndeclared, CredentialsMissing, PermissionMissing, ReauthRequired
    """
    rule = access.WhichOneof("rule") if access is not None else None
    if access is None or rule is None:
        raise AccessUndeclared
    if rule == "public":
        return
    if actor.kind is CallerKind.ANONYMOUS:
        raise CredentialsMissing
    if rule == "internal":
        if not from_peer and actor.kind is not CallerKind.SERVICE:
            raise PermissionMissing(metadata={"permission": "internal"})
        return
    kind = _KINDS.get(actor.kind)
    if kind != options_pb2.CALLER_KIND_USER and kind not in access.callers:
        raise PermissionMissing(metadata={"permission": access.permission, "caller": str(actor.kind)})
    if rule == "permission" and not actor.can(access.permission):
        raise PermissionMissing(metadata={"permission": access.permission})
    if access.recent_authentication:
        since = actor.authenticated_at
        if since is None or clock.now() - since > RECENT:
            raise ReauthRequired(metadata={"max_age_seconds": str(int(RECENT.total_seconds()))})
