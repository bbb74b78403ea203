"""What identity refuses, and with which words. Reasons stand in `doorstep/identity/v1/error_reason.proto`."""

from services.chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    StateRefused,
    Unauthenticated,
)


class InvalidCredentials(Unauthenticated):
    """Address and password do not belong together; metadata `remaining_attempts`."""

    reason = "INVALID_CREDENTIALS"
    message = "the address or the password is wrong, or the address was not verified yet"


class MessageNotFound(NotFound):
    """There is no such message to anybody."""

    reason = "MESSAGE_NOT_FOUND"
    message = "there is no such message"


class SignInLocked(ResourceExhausted):
    """Too many wrong passwords; carries `retry_after`."""

    reason = "SIGN_IN_LOCKED"
    message = "too many wrong passwords; try again later"


class WeakPassword(InvalidArgument):
    """The password can be guessed."""

    reason = "WEAK_PASSWORD"
    message = "the password is too easy to guess"


class RefreshTokenInvalid(Unauthenticated):
    """No living session has this token."""

    reason = "REFRESH_TOKEN_INVALID"
    message = "the refresh token is not valid; sign in again"


class RefreshTokenReused(Unauthenticated):
    """The token was exchanged before; its session has been ended."""

    reason = "REFRESH_TOKEN_REUSED"
    message = "the refresh token was used before; the session has been ended, sign in again"


class LinkInvalid(FailedPrecondition):
    """The secret of a link is used up, too old, or was never one."""

    reason = "LINK_INVALID"
    message = "the link is not valid any more; ask for a new one"


class OrganizationMissing(FailedPrecondition):
    """The token names no organisation and the RPC needs one."""

    reason = "ORGANIZATION_MISSING"
    message = "this works within an organisation; create one or switch to one"


class UserNotFound(NotFound):
    """No such user within reach."""

    reason = "USER_NOT_FOUND"
    message = "there is no such user"


class OrganizationNotFound(NotFound):
    """No such organisation within reach."""

    reason = "ORGANIZATION_NOT_FOUND"
    message = "there is no such organisation"


class MemberNotFound(NotFound):
    """No such member."""

    reason = "MEMBER_NOT_FOUND"
    message = "there is no such member"


class TeamNotFound(NotFound):
    """No such team."""

    reason = "TEAM_NOT_FOUND"
    message = "there is no such team"


class RoleNotFound(NotFound):
    """No such role."""

    reason = "ROLE_NOT_FOUND"
    message = "there is no such role"


class InvitationNotFound(NotFound):
    """No such invitation."""

    reason = "INVITATION_NOT_FOUND"
    message = "there is no such invitation"


class SessionNotFound(NotFound):
    """The caller has no such session."""

    reason = "SESSION_NOT_FOUND"
    message = "there is no such session"


class ApiKeyNotFound(NotFound):
    """No such key."""

    reason = "API_KEY_NOT_FOUND"
    message = "there is no such API key"


class UserStateRefused(StateRefused):
    """The account's state does not allow the verb."""

    reason = "USER_STATE_REFUSED"
    message = "the state of the account does not allow this"


class UserNotManaged(FailedPrecondition):
    """The account belongs to its owner alone."""

    reason = "USER_NOT_MANAGED"
    message = "the account belongs to the user; remove the member instead"


class LastAdmin(FailedPrecondition):
    """Nobody would be left to administer the organisation."""

    reason = "LAST_ADMIN"
    message = "the organisation would be left without an administrator"


class EmailTaken(AlreadyExists):
    """The address has another account by now."""

    reason = "EMAIL_TAKEN"
    message = "another account has the address by now"


class TeamNameTaken(AlreadyExists):
    """The organisation has such a team."""

    reason = "TEAM_NAME_TAKEN"
    message = "there is a team of that name"


class RoleNameTaken(AlreadyExists):
    """The organisation has such a role."""

    reason = "ROLE_NAME_TAKEN"
    message = "there is a role of that name"


class RolePredefined(FailedPrecondition):
    """The role is the same in every organisation."""

    reason = "ROLE_PREDEFINED"
    message = "predefined roles cannot be changed; make another one"


class RoleInUse(FailedPrecondition):
    """Somebody has the role, or is invited with it."""

    reason = "ROLE_IN_USE"
    message = "members or pending invitations have the role"


class PermissionUnknown(InvalidArgument):
    """No such permission; metadata `permission`."""

    reason = "PERMISSION_UNKNOWN"
    message = "there is no such permission"


class PermissionEscalation(PermissionDenied):
    """One cannot give what one does not have; metadata `permission`."""

    reason = "PERMISSION_ESCALATION"
    message = "only permissions that you have can be given"


class AlreadyMember(AlreadyExists):
    """The invited person belongs to the organisation."""

    reason = "ALREADY_MEMBER"
    message = "the address belongs to a member"


class InvitationStateRefused(StateRefused):
    """The invitation's state does not allow the verb."""

    reason = "INVITATION_STATE_REFUSED"
    message = "the state of the invitation does not allow this"


class ApiKeyStateRefused(StateRefused):
    """The key's state does not allow the verb."""

    reason = "API_KEY_STATE_REFUSED"
    message = "the state of the key does not allow this"


class CheckpointInvalid(InvalidArgument):
    """Not a checkpoint of this organisation's log."""

    reason = "CHECKPOINT_INVALID"
    message = "the checkpoint was not issued for this log"
