"""AuthService."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from google.protobuf.duration_pb2 import Duration

from doorstep.identity.v1 import auth_service_pb2 as pb
from doorstep.identity.v1 import auth_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.chassis.db.database import Database
from services.chassis.errors import DoorstepError, RateLimited
from services.chassis.tokens import KeyRing
from services.identity import mapping
from services.identity.access_tokens import LIFETIME
from services.identity.operations import account, account_link, organization, session, sign_in
from services.identity.origin import Origin, current_origin
from services.identity.passwords import Passwords, require_strong
from services.identity.servicer.parts import Parts

_EXPIRES_IN = int(LIFETIME.total_seconds())
_BEARER = "Bearer"


class AuthServicer(auth_service_pb2_grpc.AuthServiceServicer):
    """Signing up, in and out. What runs before a caller is known runs as the system."""

    def __init__(self, parts: Parts, ring: KeyRing, public_url: str) -> None:
        """Take the parts, the keys to publish, and the address of the gateway."""
        self._parts = parts
        self._db: Database = parts.database
        self._passwords: Passwords = parts.passwords
        self._ring = ring
        self._public_url = public_url.rstrip("/")

    async def Register(self, request: pb.RegisterRequest, context: Any) -> pb.RegisterResponse:
        """Ask for an account."""
        require_strong(request.password, own=(request.email, request.given_name, request.family_name))
        password_hash = await self._passwords.hash(request.password)
        async with self._db.transaction(SYSTEM) as tx:
            await account.register(
                tx,
                email=request.email,
                password_hash=password_hash,
                given_name=request.given_name,
                family_name=request.family_name,
                phone_number=request.phone_number,
                language_code=request.language_code,
                notifier=self._parts.notifier,
                now=self._parts.clock.now(),
            )
        lifetime = Duration()
        lifetime.FromTimedelta(account.REGISTRATION_LIFETIME)
        return pb.RegisterResponse(email=request.email, link_lifetime=lifetime)

    async def VerifyEmail(self, request: pb.VerifyEmailRequest, context: Any) -> pb.VerifyEmailResponse:
        """Make the account of a registration."""
        async with self._db.transaction(SYSTEM) as tx:
            user = await account.verify_email(tx, token=request.token, now=self._parts.clock.now())
        return pb.VerifyEmailResponse(user=mapping.own_user(user))

    async def Login(self, request: pb.LoginRequest, context: Any) -> pb.LoginResponse:
        """Begin a session: count the attempt, verify, forgive; no transaction is open while the password is hashed."""
        clock, origin = self._parts.clock, current_origin()
        async with self._parts.turnstile.through(sign_in.counted_subjects(request.email, origin.address)):
            async with self._db.transaction(SYSTEM) as tx:
                attempt = await sign_in.begin_sign_in(
                    tx, email=request.email, device_token=request.device_token, origin=origin, now=clock.now()
                )
            async with self._taken_back_when_busy(attempt):
                right = await self._passwords.verify(
                    attempt.password_hash, request.password, bcrypt_cost=attempt.bcrypt_cost
                )
                stronger_hash = None
                if right and attempt.password_hash is not None and self._passwords.outdated(attempt.password_hash):
                    stronger_hash = await self._passwords.hash(request.password)
            now = clock.now()
            async with self._db.transaction(SYSTEM) as tx:
                outcome = await sign_in.finish_sign_in(
                    tx,
                    attempt,
                    right=right,
                    stronger_hash=stronger_hash,
                    organization_id=UUID(request.organization_id) if request.organization_id else None,
                    device_token=request.device_token,
                    device_name=request.device_name,
                    origin=origin,
                    notifier=self._parts.notifier,
                    now=now,
                )
        if isinstance(outcome, DoorstepError):
            raise outcome
        return pb.LoginResponse(
            access_token=self._parts.issuer.issue(outcome.subject, now),
            token_type=_BEARER,
            expires_in=_EXPIRES_IN,
            refresh_token=outcome.refresh_token,
            refresh_token_expire_time=mapping.timestamp(outcome.refresh_token_expire_time),
            device_token=outcome.device_token,
            session_id=str(outcome.session.id),
            organization_id=str(outcome.session.organization_id or ""),
            user=mapping.own_user(outcome.user),
        )

    async def Logout(self, request: pb.LogoutRequest, context: Any) -> pb.LogoutResponse:
        """End the session, or all sessions."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            ended = await session.logout(tx, actor, all_sessions=request.all_sessions, now=self._parts.clock.now())
        return pb.LogoutResponse(revoked_sessions=ended)

    async def RefreshToken(self, request: pb.RefreshTokenRequest, context: Any) -> pb.RefreshTokenResponse:
        """Exchange a refresh token for its successor."""
        now = self._parts.clock.now()
        async with self._db.transaction(SYSTEM) as tx:
            outcome = await session.refresh_token(
                tx, token=request.refresh_token, notifier=self._parts.notifier, now=now
            )
        if isinstance(outcome, DoorstepError):
            raise outcome
        return pb.RefreshTokenResponse(
            access_token=self._parts.issuer.issue(outcome.subject, now),
            token_type=_BEARER,
            expires_in=_EXPIRES_IN,
            refresh_token=outcome.refresh_token,
            refresh_token_expire_time=mapping.timestamp(outcome.refresh_token_expire_time),
            session_id=str(outcome.session.id),
            organization_id=str(outcome.session.organization_id or ""),
        )

    async def SwitchOrganization(
        self, request: pb.SwitchOrganizationRequest, context: Any
    ) -> pb.SwitchOrganizationResponse:
        """Move the session to another organisation."""
        actor, now = current_actor(), self._parts.clock.now()
        async with self._db.transaction(actor) as tx:
            moved, subject = await session.switch_organization(
                tx, actor, organization_id=UUID(request.organization_id), now=now
            )
        return pb.SwitchOrganizationResponse(
            access_token=self._parts.issuer.issue(subject, now),
            token_type=_BEARER,
            expires_in=_EXPIRES_IN,
            organization_id=str(moved.organization_id),
        )

    async def GetMe(self, request: pb.GetMeRequest, context: Any) -> pb.GetMeResponse:
        """Read the caller."""
        actor = current_actor()
        async with self._db.read(actor) as tx:
            me = await organization.get_me(tx, actor)
        return pb.GetMeResponse(
            user=mapping.own_user(me.user),
            organization_id=str(actor.organization_id or ""),
            roles=sorted(me.rights.roles),
            permissions=sorted(me.rights.permissions),
            session_id=str(actor.session_id or ""),
            organizations=[mapping.organization(row) for row in me.organizations],
        )

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Any
    ) -> pb.RequestPasswordResetResponse:
        """Send a link, if there is anybody to send it to."""
        async with self._db.transaction(SYSTEM) as tx:
            await account.request_password_reset(
                tx, email=request.email, notifier=self._parts.notifier, now=self._parts.clock.now()
            )
        lifetime = Duration()
        lifetime.FromTimedelta(account.PASSWORD_LINK_LIFETIME)
        return pb.RequestPasswordResetResponse(link_lifetime=lifetime)

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Any) -> pb.ResetPasswordResponse:
        """Set a new password by a link; hash only for links that work."""
        clock = self._parts.clock
        async with self._db.read(SYSTEM) as reading:
            user = await account.owner_of_password_link(reading, token=request.token, now=clock.now())
        own = (user.email, user.given_name, user.family_name)
        require_strong(request.new_password, own=own, field="new_password")
        password_hash = await self._passwords.hash(request.new_password)
        async with self._db.transaction(SYSTEM) as tx:
            await account.reset_password(
                tx,
                token=request.token,
                password_hash=password_hash,
                notifier=self._parts.notifier,
                now=clock.now(),
            )
        return pb.ResetPasswordResponse()

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Any) -> pb.ChangePasswordResponse:
        """Replace the caller's password; a wrong old one counts as a wrong sign-in."""
        actor, clock, origin = current_actor(), self._parts.clock, current_origin()
        async with self._db.read(actor) as reading:
            user = await account.own_account(reading, actor)
        own = (user.email, user.given_name, user.family_name)
        require_strong(request.new_password, own=own, field="new_password")
        attempt = await self._check_password(user.email, request.current_password, origin)
        password_hash = await self._passwords.hash(request.new_password)
        async with self._db.transaction(actor) as tx:
            ended = await account.change_password(
                tx, actor, attempt, password_hash=password_hash, notifier=self._parts.notifier, now=clock.now()
            )
        return pb.ChangePasswordResponse(revoked_sessions=ended)

    async def RequestEmailChange(
        self, request: pb.RequestEmailChangeRequest, context: Any
    ) -> pb.RequestEmailChangeResponse:
        """Send a link to the new address; a wrong password counts as a wrong sign-in."""
        actor, clock = current_actor(), self._parts.clock
        async with self._db.read(actor) as reading:
            user = await account.own_account(reading, actor)
        account_link.require_other_address(user, request.new_email)
        await self._check_password(user.email, request.current_password, current_origin())
        async with self._db.transaction(actor) as tx:
            await account_link.request_email_change(
                tx, actor, new_email=request.new_email, notifier=self._parts.notifier, now=clock.now()
            )
        lifetime = Duration()
        lifetime.FromTimedelta(account_link.EMAIL_LINK_LIFETIME)
        return pb.RequestEmailChangeResponse(new_email=request.new_email, link_lifetime=lifetime)

    async def ConfirmEmailChange(
        self, request: pb.ConfirmEmailChangeRequest, context: Any
    ) -> pb.ConfirmEmailChangeResponse:
        """Move the account to the new address."""
        actor = current_actor()
        async with self._db.transaction(actor) as tx:
            user, ended = await account_link.confirm_email_change(
                tx, actor, token=request.token, notifier=self._parts.notifier, now=self._parts.clock.now()
            )
        return pb.ConfirmEmailChangeResponse(user=mapping.own_user(user), revoked_sessions=ended)

    async def RestoreAccount(self, request: pb.RestoreAccountRequest, context: Any) -> pb.RestoreAccountResponse:
        """Bring an account back that its owner has deleted."""
        async with self._db.transaction(SYSTEM) as tx:
            user = await account_link.restore_account(tx, token=request.token, now=self._parts.clock.now())
        return pb.RestoreAccountResponse(user=mapping.own_user(user))

    async def _check_password(self, email: str, password: str, origin: Origin) -> sign_in.Attempt:
        clock = self._parts.clock
        async with self._parts.turnstile.through(sign_in.counted_subjects(email, origin.address)):
            async with self._db.transaction(SYSTEM, apart=True) as tx:
                attempt = await sign_in.begin_sign_in(tx, email=email, device_token="", origin=origin, now=clock.now())
            async with self._taken_back_when_busy(attempt):
                right = await self._passwords.verify(attempt.password_hash, password, bcrypt_cost=attempt.bcrypt_cost)
            async with self._db.transaction(SYSTEM, apart=True) as tx:
                if right:
                    await sign_in.forgive(tx, attempt)
                else:
                    await sign_in.note_failure(tx, attempt, notifier=self._parts.notifier, now=clock.now())
        if not right:
            raise sign_in.wrong(attempt)
        return attempt

    @asynccontextmanager
    async def _taken_back_when_busy(self, attempt: sign_in.Attempt) -> AsyncIterator[None]:
        """Uncount an attempt that is turned away because too many hashes wait: nobody has looked at its password."""
        try:
            yield
        except RateLimited:
            async with self._db.transaction(SYSTEM, apart=True) as tx:
                await sign_in.take_back(tx, attempt)
            raise

    async def GetJwks(self, request: pb.GetJwksRequest, context: Any) -> pb.GetJwksResponse:
        """Publish the public keys."""
        fields = ("kty", "use", "alg", "kid", "n", "e")
        keys = self._ring.jwks()["keys"]
        signing = self._ring.signing_key().kid
        keys.sort(key=lambda key: key["kid"] != signing)
        return pb.GetJwksResponse(keys=[pb.JsonWebKey(**{name: key[name] for name in fields}) for key in keys])

    async def GetOpenIdConfiguration(
        self, request: pb.GetOpenIdConfigurationRequest, context: Any
    ) -> pb.GetOpenIdConfigurationResponse:
        """Publish the discovery document."""
        api = f"{self._public_url}/api/v1/auth"
        return pb.GetOpenIdConfigurationResponse(
            issuer=self._public_url,
            jwks_uri=f"{self._public_url}/.well-known/jwks.json",
            token_endpoint=f"{api}/login",
            userinfo_endpoint=f"{api}/me",
            end_session_endpoint=f"{api}/logout",
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["RS256"],
            grant_types_supported=["password", "refresh_token"],
            claims_supported=[
                *("iss", "aud", "sub", "org", "sid", "roles", "scope"),
                *("auth_time", "azv", "jti", "iat", "nbf", "exp"),
            ],
        )
