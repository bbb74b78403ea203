import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DisputeState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPUTE_STATE_UNSPECIFIED: _ClassVar[DisputeState]
    DISPUTE_STATE_OPEN: _ClassVar[DisputeState]
    DISPUTE_STATE_UNDER_REVIEW: _ClassVar[DisputeState]
    DISPUTE_STATE_RESOLVED: _ClassVar[DisputeState]
    DISPUTE_STATE_WITHDRAWN: _ClassVar[DisputeState]

class DisputeReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPUTE_REASON_UNSPECIFIED: _ClassVar[DisputeReason]
    DISPUTE_REASON_PROPERTY_CONDITION: _ClassVar[DisputeReason]
    DISPUTE_REASON_MISREPRESENTATION: _ClassVar[DisputeReason]
    DISPUTE_REASON_DOCUMENTS: _ClassVar[DisputeReason]
    DISPUTE_REASON_PAYMENT: _ClassVar[DisputeReason]
    DISPUTE_REASON_VISIT: _ClassVar[DisputeReason]
    DISPUTE_REASON_BREACH_OF_CONTRACT: _ClassVar[DisputeReason]
    DISPUTE_REASON_OTHER: _ClassVar[DisputeReason]

class DealParty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAL_PARTY_UNSPECIFIED: _ClassVar[DealParty]
    DEAL_PARTY_BUYER: _ClassVar[DealParty]
    DEAL_PARTY_SELLER: _ClassVar[DealParty]

class DisputeOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPUTE_OUTCOME_UNSPECIFIED: _ClassVar[DisputeOutcome]
    DISPUTE_OUTCOME_DISMISSED: _ClassVar[DisputeOutcome]
    DISPUTE_OUTCOME_REFUNDED: _ClassVar[DisputeOutcome]
    DISPUTE_OUTCOME_RELEASED: _ClassVar[DisputeOutcome]
    DISPUTE_OUTCOME_FORFEITED: _ClassVar[DisputeOutcome]
    DISPUTE_OUTCOME_SPLIT: _ClassVar[DisputeOutcome]
DISPUTE_STATE_UNSPECIFIED: DisputeState
DISPUTE_STATE_OPEN: DisputeState
DISPUTE_STATE_UNDER_REVIEW: DisputeState
DISPUTE_STATE_RESOLVED: DisputeState
DISPUTE_STATE_WITHDRAWN: DisputeState
DISPUTE_REASON_UNSPECIFIED: DisputeReason
DISPUTE_REASON_PROPERTY_CONDITION: DisputeReason
DISPUTE_REASON_MISREPRESENTATION: DisputeReason
DISPUTE_REASON_DOCUMENTS: DisputeReason
DISPUTE_REASON_PAYMENT: DisputeReason
DISPUTE_REASON_VISIT: DisputeReason
DISPUTE_REASON_BREACH_OF_CONTRACT: DisputeReason
DISPUTE_REASON_OTHER: DisputeReason
DEAL_PARTY_UNSPECIFIED: DealParty
DEAL_PARTY_BUYER: DealParty
DEAL_PARTY_SELLER: DealParty
DISPUTE_OUTCOME_UNSPECIFIED: DisputeOutcome
DISPUTE_OUTCOME_DISMISSED: DisputeOutcome
DISPUTE_OUTCOME_REFUNDED: DisputeOutcome
DISPUTE_OUTCOME_RELEASED: DisputeOutcome
DISPUTE_OUTCOME_FORFEITED: DisputeOutcome
DISPUTE_OUTCOME_SPLIT: DisputeOutcome

class Dispute(_message.Message):
    __slots__ = ("dispute_id", "deal_id", "organization_id", "etag", "state", "reason", "party", "opener_id", "statement", "responder_id", "response", "response_deadline", "outcome", "resolution", "resolver_id", "payment_id", "refund_amount", "release_amount", "forfeit_amount", "create_time", "update_time", "respond_time", "end_time")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    OPENER_ID_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    RESPONDER_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_DEADLINE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    RESOLVER_ID_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    REFUND_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    RELEASE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    FORFEIT_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESPOND_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    deal_id: str
    organization_id: str
    etag: str
    state: DisputeState
    reason: DisputeReason
    party: DealParty
    opener_id: str
    statement: str
    responder_id: str
    response: str
    response_deadline: _timestamp_pb2.Timestamp
    outcome: DisputeOutcome
    resolution: str
    resolver_id: str
    payment_id: str
    refund_amount: _money_pb2.Money
    release_amount: _money_pb2.Money
    forfeit_amount: _money_pb2.Money
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    respond_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, dispute_id: _Optional[str] = ..., deal_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[DisputeState, str]] = ..., reason: _Optional[_Union[DisputeReason, str]] = ..., party: _Optional[_Union[DealParty, str]] = ..., opener_id: _Optional[str] = ..., statement: _Optional[str] = ..., responder_id: _Optional[str] = ..., response: _Optional[str] = ..., response_deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., outcome: _Optional[_Union[DisputeOutcome, str]] = ..., resolution: _Optional[str] = ..., resolver_id: _Optional[str] = ..., payment_id: _Optional[str] = ..., refund_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., release_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., forfeit_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., respond_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DisputeEvidence(_message.Message):
    __slots__ = ("evidence_id", "dispute_id", "party", "actor_id", "description", "document_id", "uri", "sha256", "create_time", "visit_id", "certificate_id")
    EVIDENCE_ID_FIELD_NUMBER: _ClassVar[int]
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    evidence_id: str
    dispute_id: str
    party: DealParty
    actor_id: str
    description: str
    document_id: str
    uri: str
    sha256: str
    create_time: _timestamp_pb2.Timestamp
    visit_id: str
    certificate_id: str
    def __init__(self, evidence_id: _Optional[str] = ..., dispute_id: _Optional[str] = ..., party: _Optional[_Union[DealParty, str]] = ..., actor_id: _Optional[str] = ..., description: _Optional[str] = ..., document_id: _Optional[str] = ..., uri: _Optional[str] = ..., sha256: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., visit_id: _Optional[str] = ..., certificate_id: _Optional[str] = ...) -> None: ...
