"""Who works with whom: requests for partnerships, partnerships, engagements of agents, and blocks.

Owns: partner requests (PENDING, then ACCEPTED, REJECTED, WITHDRAWN or EXPIRED for good), partnerships (ACTIVE, ENDED),
engagements (REQUESTED, ACTIVE, and four ends), blocks. Rows lie between two users, who alone see them.
Publishes: PartnerRequestCreated, PartnerRequestAccepted, PartnerRequestRejected, PartnerRequestWithdrawn,
PartnerRequestExpired, PartnershipEnded, EngagementRequested, EngagementAccepted, EngagementDeclined,
EngagementWithdrawn, EngagementExpired, EngagementEnded, UserBlocked, UserUnblocked. Consumes: identity's
UserErased. Calls identity: whether a user exists, and is an agent, and what users are called.
"""
