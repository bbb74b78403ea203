"""Offers, the deals that come of them, their documents and their money.

Owns: offers (PENDING, COUNTERED, ACCEPTED and how they end, see `lifecycle.py`) with what either side asked for, deals
(OPEN, CLOSED, CANCELLED) with their timeline, pipelines and stages, documents with their bytes, token payments, the
double-entry ledger, commission policies, payouts, reconciliations, disputes with their evidence.
Promises: at most one accepted offer and one open deal per listing; what competes lapses in the same transaction.
Money moves by ledger transactions that the database refuses unless they balance; no amount is taken from a caller.
While a dispute over a deal lasts, none of its money moves; while the evidence of its buyer's visit is in doubt, nobody
is paid out of it.
Publishes: OfferMade, OfferCountered, OfferAccepted, OfferRejected, OfferWithdrawn, OfferExpired, OfferLapsed,
DealOpened, DealStageMoved, DealClosed, DealCancelled, DocumentVerified, DocumentRejected, TokenHeld, TokenReleased,
TokenRefunded, TokenRefundReturned, TokenForfeited, PayoutReleased, DisputeOpened, DisputeAnswered,
DisputeEvidenceAdded, DisputeWithdrawn, DisputeResolved.
Consumes: visit's VisitCompleted and VisitEvidenceAccepted.
Calls: property (ResolveListing), identity (ResolveUsers), visit (ResolveCertificate).
"""
