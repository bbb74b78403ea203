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

class DealState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEAL_STATE_UNSPECIFIED: _ClassVar[DealState]
    DEAL_STATE_OPEN: _ClassVar[DealState]
    DEAL_STATE_CLOSED: _ClassVar[DealState]
    DEAL_STATE_CANCELLED: _ClassVar[DealState]
DEAL_STATE_UNSPECIFIED: DealState
DEAL_STATE_OPEN: DealState
DEAL_STATE_CLOSED: DealState
DEAL_STATE_CANCELLED: DealState

class Deal(_message.Message):
    __slots__ = ("deal_id", "organization_id", "etag", "display_name", "state", "listing_id", "property_id", "offer_id", "buyer_id", "agent_id", "price", "close_date", "pipeline_id", "stage_id", "stage_display_name", "probability", "reason", "stage_time", "create_time", "update_time", "end_time")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    PIPELINE_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STAGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    organization_id: str
    etag: str
    display_name: str
    state: DealState
    listing_id: str
    property_id: str
    offer_id: str
    buyer_id: str
    agent_id: str
    price: _money_pb2.Money
    close_date: _date_pb2.Date
    pipeline_id: str
    stage_id: str
    stage_display_name: str
    probability: int
    reason: str
    stage_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, deal_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., display_name: _Optional[str] = ..., state: _Optional[_Union[DealState, str]] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., offer_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., pipeline_id: _Optional[str] = ..., stage_id: _Optional[str] = ..., stage_display_name: _Optional[str] = ..., probability: _Optional[int] = ..., reason: _Optional[str] = ..., stage_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DealTimelineEntry(_message.Message):
    __slots__ = ("entry_id", "kind", "actor_id", "resource_id", "previous_value", "new_value", "note", "create_time")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_VALUE_FIELD_NUMBER: _ClassVar[int]
    NEW_VALUE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    kind: str
    actor_id: str
    resource_id: str
    previous_value: str
    new_value: str
    note: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, entry_id: _Optional[str] = ..., kind: _Optional[str] = ..., actor_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., previous_value: _Optional[str] = ..., new_value: _Optional[str] = ..., note: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
