"""What the buyer and the agent of the demo organisation have said; one message is unread.

Written as it would be after the fact, without telling anybody of it.
"""

from datetime import timedelta

from services.chassis.actor import SYSTEM, Actor, CallerKind
from services.chassis.app import Resources
from services.chassis.demo import PEOPLE
from services.chassis.ids import new_id
from services.messaging.errors import UserBlocked, UserNotFound
from services.messaging.models import Message
from services.messaging.operations.conversation import create_conversation
from services.messaging.repository.conversation import ConversationRepository
from services.messaging.repository.message import MessageRepository

SAID = (
    ("buyer", "Hello! Is the house in Alder Street still on the market?"),
    ("agent", "It is. Would you like to see it this week?"),
    ("buyer", "I have walked through it in VR already, and would love to."),
)


async def seed(resources: Resources) -> None:
    """Write it, unless the two have talked already, or want to hear nothing of one another."""
    people = {person.role: person.user_id for person in PEOPLE}
    now = resources.clock.now()
    database = resources.database("messaging")
    buyer = Actor(CallerKind.USER, user_id=people["buyer"])
    try:
        async with database.transaction(buyer) as tx:
            view = await create_conversation(tx, [people["agent"]], listing_id=None, subject="Alder Street", now=now)
    except (UserBlocked, UserNotFound):
        return
    async with database.transaction(SYSTEM) as tx:
        # Two suites on one database begin one after the other: here they wait for each other's row.
        conversation = await ConversationRepository(tx).get_for_update(view.conversation.id)
        if conversation.last_sequence:
            return
        for sequence, (role, words) in enumerate(SAID, start=1):
            said = now - timedelta(minutes=len(SAID) - sequence)
            message = Message(
                conversation_id=conversation.id,
                sequence=sequence,
                id=new_id(),
                sender_id=people[role],
                client_message_id=f"demo-{sequence}",
                text=words,
                create_time=said,
            )
            await MessageRepository(tx).say(message)
