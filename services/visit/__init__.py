"""Visits: buyers, agents and homes at one time and place, from the wish to what came of it; and when agents are free.

Owns: visits (PENDING, COUNTERED, APPROVED, IN_PROGRESS, COMPLETED, REJECTED, CANCELLED, EXPIRED, NO_SHOW; see
`lifecycle.py`), their history, codes and evidence, reviews, references to photos, feeds for calendar programs,
certificates of completed visits, safety watches and duty rosters, tours, the availability of agents, and the showing
rules of listings.
Publishes: VisitRequested, VisitCountered, VisitApproved, VisitRejected, VisitRescheduled, VisitCancelled, VisitExpired,
VisitReminderDue, VisitStarted, VisitCompleted, VisitEvidenceAccepted, VisitNoShow, VisitReviewed, VisitAlarmRaised.
Consumes: identity's MemberRemoved and UserErased.
Calls: property's ResolveListing, identity's ResolveUsers.
"""
