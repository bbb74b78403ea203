"""What identity has to tell people, for whoever delivers it."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.identity.errors import MessageNotFound
from services.identity.models.user import Notification, User
from services.identity.repository.notification import NotificationRepository
from services.identity.repository.user import UserRepository


@dataclass(frozen=True, slots=True)
class AddressedMessage:
    """A message and who reads it."""

    message: Notification
    reader: User | None
    """None where the address has no account yet."""


async def get_account_message(tx: ReadTransaction, message_id: UUID) -> AddressedMessage:
    """One message to somebody (as the system).

    Raises:
        MessageNotFound: there is none, it is to nobody, or its reader was erased.
    """
    message = await NotificationRepository(tx).to_somebody(message_id)
    if message is None:
        raise MessageNotFound
    if message.user_id is None:
        return AddressedMessage(message, None)
    reader = (await UserRepository(tx).by_ids([message.user_id])).get(message.user_id)
    if reader is None or reader.erase_time is not None:
        raise MessageNotFound
    return AddressedMessage(message, reader)


async def forget_secret(tx: Transaction, message_id: UUID) -> None:
    """Remove the secret from a message that was handed over: only its recipient needs it now."""
    await NotificationRepository(tx).forget_secret(message_id)
