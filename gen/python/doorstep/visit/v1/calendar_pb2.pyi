import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InvitationMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVITATION_METHOD_UNSPECIFIED: _ClassVar[InvitationMethod]
    INVITATION_METHOD_REQUEST: _ClassVar[InvitationMethod]
    INVITATION_METHOD_CANCEL: _ClassVar[InvitationMethod]
INVITATION_METHOD_UNSPECIFIED: InvitationMethod
INVITATION_METHOD_REQUEST: InvitationMethod
INVITATION_METHOD_CANCEL: InvitationMethod

class CalendarFeed(_message.Message):
    __slots__ = ("feed_id", "display_name", "organization_id", "create_time")
    FEED_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    feed_id: str
    display_name: str
    organization_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, feed_id: _Optional[str] = ..., display_name: _Optional[str] = ..., organization_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
