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

class PartnershipState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PARTNERSHIP_STATE_UNSPECIFIED: _ClassVar[PartnershipState]
    PARTNERSHIP_STATE_ACTIVE: _ClassVar[PartnershipState]
    PARTNERSHIP_STATE_ENDED: _ClassVar[PartnershipState]
PARTNERSHIP_STATE_UNSPECIFIED: PartnershipState
PARTNERSHIP_STATE_ACTIVE: PartnershipState
PARTNERSHIP_STATE_ENDED: PartnershipState

class Partnership(_message.Message):
    __slots__ = ("partnership_id", "user_a_id", "user_b_id", "partner_request_id", "state", "create_time", "end_time", "etag", "other_name")
    PARTNERSHIP_ID_FIELD_NUMBER: _ClassVar[int]
    USER_A_ID_FIELD_NUMBER: _ClassVar[int]
    USER_B_ID_FIELD_NUMBER: _ClassVar[int]
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    OTHER_NAME_FIELD_NUMBER: _ClassVar[int]
    partnership_id: str
    user_a_id: str
    user_b_id: str
    partner_request_id: str
    state: PartnershipState
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    etag: str
    other_name: str
    def __init__(self, partnership_id: _Optional[str] = ..., user_a_id: _Optional[str] = ..., user_b_id: _Optional[str] = ..., partner_request_id: _Optional[str] = ..., state: _Optional[_Union[PartnershipState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., other_name: _Optional[str] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("user_id", "create_time", "other_name")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    OTHER_NAME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    create_time: _timestamp_pb2.Timestamp
    other_name: str
    def __init__(self, user_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., other_name: _Optional[str] = ...) -> None: ...
