import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OfferFacts(_message.Message):
    __slots__ = ("offer_id", "organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "price", "expire_time", "actor_id")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    organization_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    price: _money_pb2.Money
    expire_time: _timestamp_pb2.Timestamp
    actor_id: str
    def __init__(self, offer_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor_id: _Optional[str] = ...) -> None: ...

class DealFacts(_message.Message):
    __slots__ = ("deal_id", "organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "price", "actor_id")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    organization_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    price: _money_pb2.Money
    actor_id: str
    def __init__(self, deal_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., actor_id: _Optional[str] = ...) -> None: ...

class OfferMade(_message.Message):
    __slots__ = ("offer",)
    OFFER_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ...) -> None: ...

class OfferCountered(_message.Message):
    __slots__ = ("offer", "round")
    OFFER_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    round: int
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ..., round: _Optional[int] = ...) -> None: ...

class OfferAccepted(_message.Message):
    __slots__ = ("offer", "deal_id")
    OFFER_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    deal_id: str
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ..., deal_id: _Optional[str] = ...) -> None: ...

class OfferRejected(_message.Message):
    __slots__ = ("offer", "reason")
    OFFER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    reason: str
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class OfferWithdrawn(_message.Message):
    __slots__ = ("offer",)
    OFFER_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ...) -> None: ...

class OfferExpired(_message.Message):
    __slots__ = ("offer",)
    OFFER_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ...) -> None: ...

class OfferLapsed(_message.Message):
    __slots__ = ("offer",)
    OFFER_FIELD_NUMBER: _ClassVar[int]
    offer: OfferFacts
    def __init__(self, offer: _Optional[_Union[OfferFacts, _Mapping]] = ...) -> None: ...

class DealOpened(_message.Message):
    __slots__ = ("deal",)
    DEAL_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ...) -> None: ...

class DealStageMoved(_message.Message):
    __slots__ = ("deal", "previous_stage", "stage")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_STAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    previous_stage: str
    stage: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., previous_stage: _Optional[str] = ..., stage: _Optional[str] = ...) -> None: ...

class TokenHeld(_message.Message):
    __slots__ = ("deal", "payment_id", "amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payment_id: str
    amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payment_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class TokenReleased(_message.Message):
    __slots__ = ("deal", "payment_id", "amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payment_id: str
    amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payment_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class TokenRefunded(_message.Message):
    __slots__ = ("deal", "payment_id", "amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payment_id: str
    amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payment_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class TokenRefundReturned(_message.Message):
    __slots__ = ("deal", "payment_id", "amount", "reason", "requester_id")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_ID_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payment_id: str
    amount: _money_pb2.Money
    reason: str
    requester_id: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payment_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., reason: _Optional[str] = ..., requester_id: _Optional[str] = ...) -> None: ...

class TokenForfeited(_message.Message):
    __slots__ = ("deal", "payment_id", "amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payment_id: str
    amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payment_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class DocumentVerified(_message.Message):
    __slots__ = ("deal", "document_id")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    document_id: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., document_id: _Optional[str] = ...) -> None: ...

class DocumentRejected(_message.Message):
    __slots__ = ("deal", "document_id", "reason")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    document_id: str
    reason: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., document_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DealClosed(_message.Message):
    __slots__ = ("deal", "close_date")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    close_date: _date_pb2.Date
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class DealCancelled(_message.Message):
    __slots__ = ("deal", "reason")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    reason: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class PayoutReleased(_message.Message):
    __slots__ = ("deal", "payout_id", "payee_id", "amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    PAYEE_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    payout_id: str
    payee_id: str
    amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., payout_id: _Optional[str] = ..., payee_id: _Optional[str] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class DisputeOpened(_message.Message):
    __slots__ = ("deal", "dispute_id", "reason", "party")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    dispute_id: str
    reason: str
    party: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., dispute_id: _Optional[str] = ..., reason: _Optional[str] = ..., party: _Optional[str] = ...) -> None: ...

class DisputeAnswered(_message.Message):
    __slots__ = ("deal", "dispute_id")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    dispute_id: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., dispute_id: _Optional[str] = ...) -> None: ...

class DisputeEvidenceAdded(_message.Message):
    __slots__ = ("deal", "dispute_id", "evidence_id", "sha256")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    dispute_id: str
    evidence_id: str
    sha256: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., dispute_id: _Optional[str] = ..., evidence_id: _Optional[str] = ..., sha256: _Optional[str] = ...) -> None: ...

class DisputeWithdrawn(_message.Message):
    __slots__ = ("deal", "dispute_id")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    dispute_id: str
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., dispute_id: _Optional[str] = ...) -> None: ...

class DisputeResolved(_message.Message):
    __slots__ = ("deal", "dispute_id", "outcome", "refund_amount", "release_amount", "forfeit_amount")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REFUND_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FORFEIT_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    deal: DealFacts
    dispute_id: str
    outcome: str
    refund_amount: _money_pb2.Money
    release_amount: _money_pb2.Money
    forfeit_amount: _money_pb2.Money
    def __init__(self, deal: _Optional[_Union[DealFacts, _Mapping]] = ..., dispute_id: _Optional[str] = ..., outcome: _Optional[str] = ..., refund_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., release_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., forfeit_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...
