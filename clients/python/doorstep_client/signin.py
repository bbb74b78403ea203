"""Who the client is: nobody, an API key, or a user whose access token is renewed before it expires."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from doorstep_client.api.doorstep.identity import v1 as identity
from doorstep_client.errors import DoorstepError, Unauthenticated

Headers = list[tuple[str, str]]

WITHOUT_CREDENTIALS = frozenset(
    {"/doorstep.identity.v1.AuthService/Login", "/doorstep.identity.v1.AuthService/RefreshToken"}
)
"""Methods that are their own proof: stale credentials beside them would only get in the way."""


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gave. Hand it to a later client as `tokens=` to go on with the same session."""

    access_token: str
    access_expires_at: float
    """Unix time in seconds."""
    refresh_token: str
    renew_at: float = 0.0
    """Unix time in seconds from which on the next call renews the access token."""
    device_token: str = ""
    """Sent with the device's next sign-in, so that others' wrong passwords cannot lock it out."""

    @property
    def stale(self) -> bool:
        """Whether it is time for the next access token."""
        return time.time() >= self.renew_at

    @property
    def expired(self) -> bool:
        """Whether the access token is of no use any more."""
        return time.time() >= self.access_expires_at


Answer = identity.LoginResponse | identity.RefreshTokenResponse | identity.SwitchOrganizationResponse


class Holder:
    """The credentials of a client, and what both faces do with them alike."""

    def __init__(
        self, api_key: str = "", tokens: Tokens | None = None, on_tokens: Callable[[Tokens], None] | None = None
    ) -> None:
        if api_key and tokens:
            raise ValueError("give an API key or tokens, not both")
        self.api_key = api_key
        self.tokens = tokens
        self.ended: DoorstepError | None = None
        self._on_tokens = on_tokens

    def headers(self) -> Headers:
        """What proves who is calling."""
        if self.api_key:
            return [("x-api-key", self.api_key)]
        if self.ended is not None:
            raise self.ended.again()
        return [("authorization", f"Bearer {self.tokens.access_token}")] if self.tokens else []

    def accept(self, answer: Answer) -> Tokens:
        """Keep the tokens of an answer; what it leaves out stays as it was."""
        before, now = self.tokens, time.time()
        self.tokens = Tokens(
            access_token=answer.access_token,
            access_expires_at=now + answer.expires_in,
            # A minute before expiry leaves room for a slow call; very short tokens get a quarter of their life.
            renew_at=now + max(answer.expires_in - 60, answer.expires_in * 0.75),
            refresh_token=getattr(answer, "refresh_token", "") or (before.refresh_token if before else ""),
            device_token=getattr(answer, "device_token", "") or (before.device_token if before else ""),
        )
        self.ended = None
        if self._on_tokens is not None:
            self._on_tokens(self.tokens)
        return self.tokens

    def forget(self) -> None:
        """Be nobody."""
        self.tokens = None
        self.ended = None

    def needs_refresh(self, refused: str | None) -> bool:
        """Whether to renew: the token is stale, or the one that was just refused is still the one in use."""
        if self.tokens is None or self.ended is not None or not self.tokens.refresh_token:
            return False
        return self.tokens.stale if refused is None else self.tokens.access_token == refused

    def renewed(self, spent: Tokens, outcome: identity.RefreshTokenResponse | DoorstepError) -> None:
        """Take note of what a renewal gave.

        Raises:
            DoorstepError: the session has ended, or the access token cannot serve meanwhile.
        """
        if self.tokens is not spent:
            return  # signed in or out meanwhile: the outcome is of a session that nobody asks for any more
        if not isinstance(outcome, DoorstepError):
            self.accept(outcome)
        elif isinstance(outcome, Unauthenticated):
            self.ended = outcome  # nobody can renew this session any more: later calls learn why
            raise outcome.again()
        elif spent.expired:
            raise outcome.again()
        else:
            self.tokens = replace(spent, renew_at=time.time() + 5)  # it still serves; ask again a little later


class AsyncSignIn(Holder):
    """Renews in one flight, however many calls wait for it."""

    def __init__(
        self,
        refresh: Callable[[str], Awaitable[identity.RefreshTokenResponse]],
        api_key: str = "",
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
    ) -> None:
        super().__init__(api_key, tokens, on_tokens)
        self._refresh = refresh
        self._flight: asyncio.Task[DoorstepError | None] | None = None

    async def renew(self, refused: str | None = None) -> bool:
        """Renew if it is time to, or if `refused` (an access token) is still in use; say whether there is another."""
        if self.needs_refresh(refused):
            if self._flight is None or self._flight.done():
                self._flight = asyncio.create_task(self._fly())
            # Shielded: a caller that gives up must not take the answer with it. The refresh token is spent once it is
            # sent, and the server takes a late repetition for theft.
            failure = await asyncio.shield(self._flight)
            if failure is not None:
                raise failure.again()
        return self.tokens is not None and self.tokens.access_token != refused

    async def _fly(self) -> DoorstepError | None:
        spent = self.tokens
        if spent is None:
            return None
        outcome: identity.RefreshTokenResponse | DoorstepError
        try:
            outcome = await self._refresh(spent.refresh_token)
        except DoorstepError as error:
            outcome = error
        try:
            self.renewed(spent, outcome)
        except DoorstepError as error:
            return error
        return None


class SyncSignIn(Holder):
    """Renews under a lock: the first thread does it, the others find it done."""

    def __init__(
        self,
        refresh: Callable[[str], identity.RefreshTokenResponse],
        api_key: str = "",
        tokens: Tokens | None = None,
        on_tokens: Callable[[Tokens], None] | None = None,
    ) -> None:
        super().__init__(api_key, tokens, on_tokens)
        self._refresh = refresh
        self._lock = threading.Lock()

    def renew(self, refused: str | None = None) -> bool:
        """As `AsyncSignIn.renew`."""
        if self.needs_refresh(refused):
            with self._lock:
                spent = self.tokens
                if spent is not None and self.needs_refresh(refused):
                    outcome: identity.RefreshTokenResponse | DoorstepError
                    try:
                        outcome = self._refresh(spent.refresh_token)
                    except DoorstepError as error:
                        outcome = error
                    self.renewed(spent, outcome)
        return self.tokens is not None and self.tokens.access_token != refused
