"""Mail by SMTP.

The steps are taken one by one, because they differ in what a failure means: until the server has been given the whole
message, it surely has not taken it; from then on only its answer tells.
"""

import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from services.chassis.clock import Clock
from services.outreach.channels.port import Deferred, OutgoingMessage, Refused

TIMEOUT = 20.0
"""Seconds for each step."""
NO_ADDRESS = "not an address that mail can be sent to"
POLICY = SMTP_POLICY.clone(cte_type="7bit")
"""Every server takes seven bits; what is not ASCII is encoded."""
_PERMANENT = 500


class SmtpProvider:
    """Hands mails to an SMTP server, a connection for each: some milliseconds, and nothing to keep alive."""

    name = "smtp"
    repeatable = False

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        """Send by `url`.

        Args:
            url: `smtp://user:password@host:587` (with STARTTLS where the server offers it), `smtps://host:465` (TLS
                from the start), or `smtp+starttls://host:587` (STARTTLS or nothing).
            sender: The From header: `Doorstep <no-reply@example.com>`.
            clock: For the Date header.
        """
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._implicit = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._implicit else 587)
        # None: when the server offers it.
        self._start_tls: bool | None = False if self._implicit else True if parts.scheme == "smtp+starttls" else None
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender_name, self._sender = parseaddr(sender)
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> str:
        """Hand a mail over; see `Provider.send`."""
        content = self.compose(message)
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._implicit,
            start_tls=self._start_tls,
            username=self._username,
            password=self._password,
            timeout=TIMEOUT,
        )
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            raise Deferred(f"no connection: {type(error).__name__}") from error
        try:
            try:
                await client.mail(self._sender)
                await client.rcpt(message.recipient)
            except aiosmtplib.SMTPResponseException as error:
                raise _meaning(error) from error
            except ValueError as error:
                raise Refused(NO_ADDRESS) from error
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Deferred(type(error).__name__) from error
            try:
                answer = await client.data(content)
            except aiosmtplib.SMTPResponseException as error:
                raise _meaning(error) from error
            return f"{answer.code}"
        finally:
            client.close()  # without QUIT: nothing may fail after the server has said yes

    def compose(self, message: OutgoingMessage) -> bytes:
        """Write the mail.

        Raises:
            Refused: no mail can be sent to such an address.
        """
        local, at, domain = message.recipient.rpartition("@")
        if not at or not message.recipient.isascii():
            raise Refused(NO_ADDRESS)
        mail = EmailMessage(policy=POLICY)
        try:
            mail["From"] = Address(self._sender_name, addr_spec=self._sender)
            # A name is no reason to refuse: line breaks in it would begin another header.
            mail["To"] = Address(" ".join(message.recipient_name.split()), local, domain)
        except ValueError as error:
            raise Refused(NO_ADDRESS) from error
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = f"<{message.delivery_id}@{self._sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers from holidays
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        if message.invitation is not None:
            # As a further form of the mail, with its method: that is what calendar programs look for (RFC 6047).
            mail.add_alternative(
                message.invitation.content,
                subtype="calendar",
                params={"method": message.invitation.method},
                filename=message.invitation.file_name,
                disposition="inline",
            )
        return mail.as_bytes()


def _meaning(error: aiosmtplib.SMTPResponseException) -> Deferred | Refused:
    """5xx is for good, anything else for now (RFC 5321, 4.2.1). What the server says may hold the address: left out."""
    text = f"{error.code}"
    return Refused(text) if error.code >= _PERMANENT else Deferred(text)
