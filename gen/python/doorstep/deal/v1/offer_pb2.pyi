import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OfferState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFER_STATE_UNSPECIFIED: _ClassVar[OfferState]
    OFFER_STATE_PENDING: _ClassVar[OfferState]
    OFFER_STATE_COUNTERED: _ClassVar[OfferState]
    OFFER_STATE_ACCEPTED: _ClassVar[OfferState]
    OFFER_STATE_REJECTED: _ClassVar[OfferState]
    OFFER_STATE_WITHDRAWN: _ClassVar[OfferState]
    OFFER_STATE_EXPIRED: _ClassVar[OfferState]
    OFFER_STATE_LAPSED: _ClassVar[OfferState]
    OFFER_STATE_FELL_THROUGH: _ClassVar[OfferState]

class OfferParty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFER_PARTY_UNSPECIFIED: _ClassVar[OfferParty]
    OFFER_PARTY_BUYER: _ClassVar[OfferParty]
    OFFER_PARTY_SELLER: _ClassVar[OfferParty]
OFFER_STATE_UNSPECIFIED: OfferState
OFFER_STATE_PENDING: OfferState
OFFER_STATE_COUNTERED: OfferState
OFFER_STATE_ACCEPTED: OfferState
OFFER_STATE_REJECTED: OfferState
OFFER_STATE_WITHDRAWN: OfferState
OFFER_STATE_EXPIRED: OfferState
OFFER_STATE_LAPSED: OfferState
OFFER_STATE_FELL_THROUGH: OfferState
OFFER_PARTY_UNSPECIFIED: OfferParty
OFFER_PARTY_BUYER: OfferParty
OFFER_PARTY_SELLER: OfferParty

class Offer(_message.Message):
    __slots__ = ("offer_id", "organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "etag", "state", "awaiting", "price", "close_date", "message", "round", "expire_time", "deal_id", "reason", "create_time", "update_time", "end_time")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AWAITING_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    organization_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    etag: str
    state: OfferState
    awaiting: OfferParty
    price: _money_pb2.Money
    close_date: _date_pb2.Date
    message: str
    round: int
    expire_time: _timestamp_pb2.Timestamp
    deal_id: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, offer_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[OfferState, str]] = ..., awaiting: _Optional[_Union[OfferParty, str]] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., message: _Optional[str] = ..., round: _Optional[int] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deal_id: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OfferRound(_message.Message):
    __slots__ = ("round", "party", "actor_id", "price", "close_date", "message", "expire_time", "create_time")
    ROUND_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    round: int
    party: OfferParty
    actor_id: str
    price: _money_pb2.Money
    close_date: _date_pb2.Date
    message: str
    expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, round: _Optional[int] = ..., party: _Optional[_Union[OfferParty, str]] = ..., actor_id: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., message: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
