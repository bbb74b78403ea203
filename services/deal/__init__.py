"""Offers, the deals that come of them, their pipelines and documents.

Owns: offers (PENDING, COUNTERED, ACCEPTED and how they end, see `lifecycle.py`) with what either side asked for, deals
(OPEN, CLOSED, CANCELLED) with their timeline, pipelines and stages, documents with their bytes.
Promises: at most one accepted offer and one open deal per listing; what competes with it lapses in the same transaction.
Publishes: OfferMade, OfferCountered, OfferAccepted, OfferRejected, OfferWithdrawn, OfferExpired, OfferLapsed,
DealOpened, DealStageMoved, DealClosed, DealCancelled, DocumentVerified, DocumentRejected. Consumes: nothing.
Calls: property (ResolveListing).
"""
