"""What the deal service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    StateRefused,
    Unauthenticated,
)


class OfferNotFound(NotFound):
    """There is no such offer, or the caller must not know of it."""

    reason = "OFFER_NOT_FOUND"
    message = "there is no such offer, or the caller must not know of it"


class DealNotFound(NotFound):
    """There is no such deal, or the caller must not know of it."""

    reason = "DEAL_NOT_FOUND"
    message = "there is no such deal, or the caller must not know of it"


class ListingNotFound(NotFound):
    """There is no such listing, or the caller must not know of it."""

    reason = "LISTING_NOT_FOUND"
    message = "there is no such listing, or the caller must not know of it"


class PipelineNotFound(NotFound):
    """There is no such pipeline."""

    reason = "PIPELINE_NOT_FOUND"
    message = "there is no such pipeline"


class StageNotFound(NotFound):
    """The deal's pipeline has no such stage."""

    reason = "STAGE_NOT_FOUND"
    message = "the deal's pipeline has no such stage"


class DocumentNotFound(NotFound):
    """There is no such document, or the caller must not know of it."""

    reason = "DOCUMENT_NOT_FOUND"
    message = "there is no such document, or the caller must not know of it"


class AgentNotFound(NotFound):
    """Nobody of this id belongs to the organisation."""

    reason = "AGENT_NOT_FOUND"
    message = "nobody of this id belongs to the organisation"


class BuyerNotFound(NotFound):
    """There is no such user."""

    reason = "BUYER_NOT_FOUND"
    message = "there is no such user"


class OfferStateRefused(StateRefused):
    """The state of the offer does not allow it."""

    reason = "OFFER_STATE"
    message = "the state of the offer does not allow it"


class DealStateRefused(StateRefused):
    """The state of the deal does not allow it."""

    reason = "DEAL_STATE"
    message = "the state of the deal does not allow it"


class DocumentStateRefused(StateRefused):
    """Somebody has decided on the document already."""

    reason = "DOCUMENT_STATE"
    message = "somebody has decided on the document already"


class ListingNotForSale(FailedPrecondition):
    """The listing is not on the market."""

    reason = "LISTING_NOT_FOR_SALE"
    message = "the listing is not on the market"


class ListingTaken(FailedPrecondition):
    """The listing has an accepted offer, or a deal that is open or closed."""

    reason = "LISTING_TAKEN"
    message = "the listing has an accepted offer, or a deal that is open or closed"


class OfferToOneself(FailedPrecondition):
    """Whoever answers for the seller cannot be the buyer."""

    reason = "OFFER_TO_ONESELF"
    message = "whoever answers for the seller cannot be the buyer"


class OfferExists(AlreadyExists):
    """The buyer has an open offer for the listing."""

    reason = "OFFER_EXISTS"
    message = "the buyer has an open offer for the listing"


class OfferExpired(FailedPrecondition):
    """The time to accept the terms is over."""

    reason = "OFFER_EXPIRED"
    message = "the time to accept the terms is over"


class NotYourTurn(FailedPrecondition):
    """The other side is to answer."""

    reason = "NOT_YOUR_TURN"
    message = "the other side is to answer"


class TooManyRounds(FailedPrecondition):
    """There were too many counter-offers: accept, reject or withdraw."""

    reason = "TOO_MANY_ROUNDS"
    message = "there were too many counter-offers: accept, reject or withdraw"


class NotAParty(PermissionDenied):
    """The caller sees it and has no part in this."""

    reason = "NOT_A_PARTY"
    message = "the caller sees it and has no part in this"


class PipelineExists(AlreadyExists):
    """The organisation has another pipeline of this name."""

    reason = "PIPELINE_EXISTS"
    message = "the organisation has another pipeline of this name"


class StageInUse(FailedPrecondition):
    """A deal stands in a stage that was left out."""

    reason = "STAGE_IN_USE"
    message = "a deal stands in a stage that was left out"


class DocumentsMissing(FailedPrecondition):
    """Documents are required and not accepted yet."""

    reason = "DOCUMENTS_MISSING"
    message = "documents are required and not accepted yet"


class DocumentExists(AlreadyExists):
    """The deal has the same bytes as the same type already."""

    reason = "DOCUMENT_EXISTS"
    message = "the deal has the same bytes as the same type already"


class DocumentLimit(FailedPrecondition):
    """The side has added as many documents as it may."""

    reason = "DOCUMENT_LIMIT"
    message = "the side has added as many documents as it may"


class ChecksumMismatch(InvalidArgument):
    """The bytes are not those that the caller meant."""

    reason = "CHECKSUM_MISMATCH"
    message = "the bytes are not those that the caller meant"


class FourEyes(PermissionDenied):
    """Somebody else must do this: who made it cannot approve it."""

    reason = "FOUR_EYES"
    message = "somebody else must do this: who made it cannot approve it"


class PaymentNotFound(NotFound):
    """There is no such payment, or the caller must not know of it."""

    reason = "PAYMENT_NOT_FOUND"
    message = "there is no such payment, or the caller must not know of it"


class PaymentStateRefused(StateRefused):
    """The state of the payment does not allow it."""

    reason = "PAYMENT_STATE"
    message = "the state of the payment does not allow it"


class PaymentExists(AlreadyExists):
    """The deal has a payment that is under way or held."""

    reason = "PAYMENT_EXISTS"
    message = "the deal has a payment that is under way or held"


class PaymentOpen(FailedPrecondition):
    """A token payment is under way or held; or released, where the deal is to be cancelled."""

    reason = "PAYMENT_OPEN"
    message = "a token payment is under way or held"


class ProviderMissing(FailedPrecondition):
    """No payment provider of this name is set up."""

    reason = "PROVIDER_MISSING"
    message = "no payment provider of this name is set up"


class ProviderSignature(Unauthenticated):
    """The signature of a provider's event is not valid or too old."""

    reason = "PROVIDER_SIGNATURE"
    message = "the signature of a provider's event is not valid or too old"


class ProviderEventMalformed(InvalidArgument):
    """The body of a provider's event is not what the provider sends."""

    reason = "PROVIDER_EVENT_MALFORMED"
    message = "the body of a provider's event is not what the provider sends"


class NothingToDistribute(FailedPrecondition):
    """The ledger holds no commission of the deal that is not distributed yet."""

    reason = "NOTHING_TO_DISTRIBUTE"
    message = "the ledger holds no commission of the deal that is not distributed yet"


class ProviderEventConflict(AlreadyExists):
    """An event of this id has come before and said something else."""

    reason = "PROVIDER_EVENT_CONFLICT"
    message = "an event of this id has come before and said something else"


class PayoutNotFound(NotFound):
    """There is no such payout, or the caller must not know of it."""

    reason = "PAYOUT_NOT_FOUND"
    message = "there is no such payout, or the caller must not know of it"


class PayoutStateRefused(StateRefused):
    """The state of the payout does not allow it."""

    reason = "PAYOUT_STATE"
    message = "the state of the payout does not allow it"


class PayoutExists(AlreadyExists):
    """The payee has a payout of this deal under way."""

    reason = "PAYOUT_EXISTS"
    message = "the payee has a payout of this deal under way"


class NothingToPayOut(FailedPrecondition):
    """The ledger owes the payee nothing from this deal."""

    reason = "NOTHING_TO_PAY_OUT"
    message = "the ledger owes the payee nothing from this deal"


class NotSettled(FailedPrecondition):
    """Money of the deal is not confirmed by a closed reconciliation yet."""

    reason = "NOT_SETTLED"
    message = "money of the deal is not confirmed by a closed reconciliation yet"


class PayoutOutdated(FailedPrecondition):
    """The ledger owes another amount now: cancel the payout and make another."""

    reason = "PAYOUT_OUTDATED"
    message = "the ledger owes another amount now: cancel the payout and make another"


class ReconciliationNotFound(NotFound):
    """There is no such reconciliation, or the caller must not know of it."""

    reason = "RECONCILIATION_NOT_FOUND"
    message = "there is no such reconciliation, or the caller must not know of it"


class ReconciliationStateRefused(StateRefused):
    """The state of the reconciliation does not allow it."""

    reason = "RECONCILIATION_STATE"
    message = "the state of the reconciliation does not allow it"


class ReconciliationExists(AlreadyExists):
    """Another reconciliation with the provider is open."""

    reason = "RECONCILIATION_EXISTS"
    message = "another reconciliation with the provider is open"


class StatementExists(AlreadyExists):
    """The statement was reconciled before."""

    reason = "STATEMENT_EXISTS"
    message = "the statement was reconciled before"


class StatementMalformed(InvalidArgument):
    """Lines of the statement cannot be read."""

    reason = "STATEMENT_MALFORMED"
    message = "lines of the statement cannot be read"


class DifferencesUnexplained(FailedPrecondition):
    """Differences are not explained yet."""

    reason = "DIFFERENCES_UNEXPLAINED"
    message = "differences are not explained yet"


class DifferenceNotFound(NotFound):
    """The reconciliation has no such difference."""

    reason = "DIFFERENCE_NOT_FOUND"
    message = "the reconciliation has no such difference"


class DisputeNotFound(NotFound):
    """There is no such dispute, or the caller must not know of it."""

    reason = "DISPUTE_NOT_FOUND"
    message = "there is no such dispute, or the caller must not know of it"


class EvidenceNotFound(NotFound):
    """The dispute has no such document in evidence."""

    reason = "EVIDENCE_NOT_FOUND"
    message = "the dispute has no such document in evidence"


class DisputeStateRefused(StateRefused):
    """The state of the dispute does not allow it."""

    reason = "DISPUTE_STATE"
    message = "the state of the dispute does not allow it"


class DisputeExists(AlreadyExists):
    """The deal has a dispute that lasts."""

    reason = "DISPUTE_EXISTS"
    message = "the deal has a dispute that lasts"


class DealDisputed(FailedPrecondition):
    """A dispute over the deal lasts: its money stays where it is."""

    reason = "DEAL_DISPUTED"
    message = "a dispute over the deal lasts: its money stays where it is"


class RefundDecided(FailedPrecondition):
    """A dispute has decided that what is held goes back to the buyer; that it did not arrive changes nothing."""

    reason = "REFUND_DECIDED"
    message = "a dispute has decided that the money goes back to the buyer"


class ReleaseDecided(FailedPrecondition):
    """A dispute has decided that what was released goes to the commission, also of a deal that falls through."""

    reason = "RELEASE_DECIDED"
    message = "a dispute has decided that the money goes to the commission"


class DisputeUnanswered(FailedPrecondition):
    """The other side may still answer."""

    reason = "DISPUTE_UNANSWERED"
    message = "the other side may still answer"


class EvidenceHidden(FailedPrecondition):
    """Both sides must be able to see what is shown."""

    reason = "EVIDENCE_HIDDEN"
    message = "both sides must be able to see what is shown"


class EvidenceLimit(FailedPrecondition):
    """The side has shown as much as it may."""

    reason = "EVIDENCE_LIMIT"
    message = "the side has shown as much as it may"


class NothingHeld(FailedPrecondition):
    """No token of the deal is held."""

    reason = "NOTHING_HELD"
    message = "no token of the deal is held"


class OwnCause(PermissionDenied):
    """Nobody decides a dispute in which they have part."""

    reason = "OWN_CAUSE"
    message = "nobody decides a dispute in which they have part"


class CertificateNotFound(NotFound):
    """The deal's buyer has no certificate of such a visit to its property."""

    reason = "CERTIFICATE_NOT_FOUND"
    message = "the deal's buyer has no certificate of such a visit to its property"


class CertificateInvalid(FailedPrecondition):
    """The certificate is not good."""

    reason = "CERTIFICATE_INVALID"
    message = "the certificate is not good"


class VisitInDoubt(FailedPrecondition):
    """The evidence of a visit of the deal's buyer to its listing has to be looked at first; metadata `visits`."""

    reason = "VISIT_IN_DOUBT"
    message = "the evidence of a visit that led to this deal has to be looked at first"
