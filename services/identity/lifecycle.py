"""The states of accounts, invitations and keys, and the verbs between them."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.identity.errors import ApiKeyStateRefused, InvitationStateRefused, UserStateRefused


class UserState(StrEnum):
    """Whether an account may be used."""

    ACTIVE = "active"
    DELETED = "deleted"


class InvitationState(StrEnum):
    """What became of an invitation."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ApiKeyState(StrEnum):
    """Whether a key works."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


USER = Lifecycle(
    UserState,
    table="identity.users",
    start=UserState.ACTIVE,
    transitions=(
        Transition("delete", frozenset({UserState.ACTIVE}), UserState.DELETED, "delete_time"),
        Transition("undelete", frozenset({UserState.DELETED}), UserState.ACTIVE),
    ),
    invalid=UserStateRefused,
)

INVITATION = Lifecycle(
    InvitationState,
    table="identity.invitations",
    start=InvitationState.PENDING,
    transitions=(
        Transition("accept", frozenset({InvitationState.PENDING}), InvitationState.ACCEPTED, "accept_time"),
        Transition("revoke", frozenset({InvitationState.PENDING}), InvitationState.REVOKED, "revoke_time"),
        # Time does it, not an RPC: applied when a pending invitation is met after its end.
        Transition("expire", frozenset({InvitationState.PENDING}), InvitationState.EXPIRED),
    ),
    invalid=InvitationStateRefused,
)

API_KEY = Lifecycle(
    ApiKeyState,
    table="identity.api_keys",
    start=ApiKeyState.ACTIVE,
    transitions=(
        Transition("rotate", frozenset({ApiKeyState.ACTIVE}), ApiKeyState.ACTIVE),
        Transition("revoke", frozenset({ApiKeyState.ACTIVE, ApiKeyState.EXPIRED}), ApiKeyState.REVOKED, "revoke_time"),
        # Time does it, not an RPC: applied when an active key is met after its end.
        Transition("expire", frozenset({ApiKeyState.ACTIVE}), ApiKeyState.EXPIRED),
    ),
    invalid=ApiKeyStateRefused,
)
