"""What the servicers of identity share."""

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.identity.access_tokens import AccessTokenIssuer
from services.identity.checkpoints import Checkpoints
from services.identity.lockout import Turnstile
from services.identity.notifier import Notifier
from services.identity.passwords import Passwords


@dataclass(frozen=True)
class Parts:
    """Made once per process by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    passwords: Passwords
    notifier: Notifier
    issuer: AccessTokenIssuer
    checkpoints: Checkpoints
    turnstile: Turnstile
