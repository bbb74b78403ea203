"""Who works with whom in the demo organisation: agent and seller are partners, the seller has hired the
agent, and others find the agent.

Written as it would be after the fact, without telling anybody: nobody asks for mail about people who never met.
"""

from datetime import timedelta
from uuid import UUID

from services.chassis.actor import SYSTEM
from services.chassis.app import Resources
from services.chassis.db.turns import take_turns
from services.chassis.demo import ORGANIZATION_ID, PEOPLE
from services.partnership.lifecycle import (
    ENGAGEMENT_LIFECYCLE,
    PARTNER_REQUEST_LIFECYCLE,
    EngagementState,
    PartnerRequestState,
    PartnershipState,
)
from services.partnership.models.agent_profile import AgentProfile
from services.partnership.models.engagement import Engagement
from services.partnership.models.partner_request import PartnerRequest
from services.partnership.models.partnership import Partnership
from services.partnership.operations import engagement, partner_request
from services.partnership.repository.engagement import EngagementRepository
from services.partnership.repository.partnership import PartnershipRepository

PARTNER_REQUEST_ID = UUID("01900000-0000-7000-8000-000000003001")
PARTNERSHIP_ID = UUID("01900000-0000-7000-8000-000000003002")
ENGAGEMENT_ID = UUID("01900000-0000-7000-8000-000000003003")


async def seed(resources: Resources) -> None:
    """Write it, unless it was written, or the two have met already; what has become of it since stays as it is."""
    agent, seller = (next(p.user_id for p in PEOPLE if p.role == role) for role in ("agent", "seller"))
    now = resources.clock.now()
    asked = now - timedelta(days=1)
    async with resources.database("partnership").transaction(SYSTEM) as tx:
        await take_turns(tx.session, "partnership.seed")  # two suites on one database begin one after the other
        if await tx.session.get(PartnerRequest, PARTNER_REQUEST_ID) is not None:
            return
        if await PartnershipRepository(tx).active_between(agent, seller):
            return
        if await EngagementRepository(tx).all_open_between(agent, seller):
            return
        request = PartnerRequest(
            id=PARTNER_REQUEST_ID,
            sender_id=seller,
            recipient_id=agent,
            note="You sold my sister's flat, and well.",
            state=PartnerRequestState.PENDING,
            expire_time=asked + partner_request.EXPIRES_AFTER,
            create_time=asked,
            update_time=now,
        )
        hired = Engagement(
            id=ENGAGEMENT_ID,
            client_id=seller,
            agent_id=agent,
            agent_organization_id=ORGANIZATION_ID,
            purpose="SELLING",
            note="A house by the river, empty from spring on.",
            state=EngagementState.REQUESTED,
            expire_time=asked + engagement.EXPIRES_AFTER,
            create_time=asked,
            update_time=now,
        )
        tx.session.add_all([request, hired])
        await tx.session.flush()
        PARTNER_REQUEST_LIFECYCLE.apply(request, "accept", at=now)
        request.partnership_id = PARTNERSHIP_ID
        ENGAGEMENT_LIFECYCLE.apply(hired, "accept", at=now)
        await tx.session.flush()
        partnership = Partnership(
            id=PARTNERSHIP_ID,
            user_a_id=min(agent, seller),
            user_b_id=max(agent, seller),
            partner_request_id=request.id,
            state=PartnershipState.ACTIVE,
            create_time=now,
            update_time=now,
        )
        found = AgentProfile(
            agent_id=agent,
            agent_organization_id=ORGANIZATION_ID,
            headline="Houses by the water, in Seattle and around",
            about="I show homes on every day of the week, and in VR at any hour.",
            purposes=["BUYING", "SELLING"],
            language_codes=["en", "es"],
            latitude=47.61,
            longitude=-122.33,
            work_radius_meters=40_000.0,
            create_time=now,
            update_time=now,
        )
        tx.session.add_all([partnership, found])
