"""A real SMTP server that answers as a test tells it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP


class MailServer:
    """Keeps what it takes."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Any] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        """To the whole message, one after the other; then 250."""
        self.hang_up = False
        """Keeps the message and breaks off without an answer."""

    @property
    def url(self) -> str:
        """For `smtp_url`."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("2"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.recipients += envelope.rcpt_tos
        if self.hang_up:
            server.transport.abort()
        return answer

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["MailServer"]:
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(lambda: SMTP(self, hostname="localhost"), "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listening.close()
