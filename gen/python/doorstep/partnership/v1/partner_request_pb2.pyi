import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PartnerRequestState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARTNER_REQUEST_STATE_UNSPECIFIED: _ClassVar[PartnerRequestState]
    PARTNER_REQUEST_STATE_PENDING: _ClassVar[PartnerRequestState]
    PARTNER_REQUEST_STATE_ACCEPTED: _ClassVar[PartnerRequestState]
    PARTNER_REQUEST_STATE_REJECTED: _ClassVar[PartnerRequestState]
    PARTNER_REQUEST_STATE_WITHDRAWN: _ClassVar[PartnerRequestState]
    PARTNER_REQUEST_STATE_EXPIRED: _ClassVar[PartnerRequestState]
PARTNER_REQUEST_STATE_UNSPECIFIED: PartnerRequestState
PARTNER_REQUEST_STATE_PENDING: PartnerRequestState
PARTNER_REQUEST_STATE_ACCEPTED: PartnerRequestState
PARTNER_REQUEST_STATE_REJECTED: PartnerRequestState
PARTNER_REQUEST_STATE_WITHDRAWN: PartnerRequestState
PARTNER_REQUEST_STATE_EXPIRED: PartnerRequestState

class PartnerRequest(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id", "note", "state", "create_time", "expire_time", "response_time", "partnership_id", "etag", "other_name")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_TIME_FIELD_NUMBER: _ClassVar[int]
    PARTNERSHIP_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    OTHER_NAME_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    note: str
    state: PartnerRequestState
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    response_time: _timestamp_pb2.Timestamp
    partnership_id: str
    etag: str
    other_name: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ..., note: _Optional[str] = ..., state: _Optional[_Union[PartnerRequestState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., response_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., partnership_id: _Optional[str] = ..., etag: _Optional[str] = ..., other_name: _Optional[str] = ...) -> None: ...
