"""Who works with whom: requests for partnerships, partnerships, engagements of agents, their profiles, and blocks.

Owns: partner requests (PENDING, then ACCEPTED, REJECTED, WITHDRAWN or EXPIRED for good), partnerships (ACTIVE, ENDED),
engagements (REQUESTED, ACTIVE, and four ends), blocks: rows between two users, who alone see them. And profiles of
agents, which are for everybody.
Publishes: PartnerRequestCreated, PartnerRequestAccepted, PartnerRequestRejected, PartnerRequestWithdrawn,
PartnerRequestExpired, PartnershipEnded, EngagementRequested, EngagementAccepted, EngagementDeclined,
EngagementWithdrawn, EngagementExpired, EngagementEnded, UserBlocked, UserUnblocked. Consumes: identity's UserErased,
UserDeleted, MemberRolesChanged and MemberRemoved. Calls identity: whether a user exists, and is an agent, and what
users are called; visit: what buyers have said of agents.
"""
