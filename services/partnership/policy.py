"""Who may do what with a row. Pure; row-level security decides before that what exists at all."""

from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.partnership.errors import NotRecipient, NotSender, NotTheAgent, NotTheClient, SelfRequest
from services.partnership.models.engagement import Engagement
from services.partnership.models.partner_request import PartnerRequest


def require_other(actor: Actor, user_id: UUID) -> UUID:
    """The caller, who must not be the user they name.

    Raises:
        SelfRequest
    """
    me = user_of(actor)
    if me == user_id:
        raise SelfRequest
    return me


def require_party(actor: Actor, row: PartnerRequest, verb: str) -> None:
    """Let the recipient answer a request, and the sender take it back.

    Raises:
        NotRecipient, NotSender
    """
    me = user_of(actor)
    if verb == "withdraw":
        if me != row.sender_id:
            raise NotSender
    elif me != row.recipient_id:
        raise NotRecipient


def require_side(actor: Actor, row: Engagement, verb: str) -> None:
    """Let the agent answer, the client take it back, and either end it.

    Raises:
        NotTheAgent, NotTheClient
    """
    me = user_of(actor)
    if verb in ("accept", "decline") and me != row.agent_id:
        raise NotTheAgent
    if verb == "withdraw" and me != row.client_id:
        raise NotTheClient
