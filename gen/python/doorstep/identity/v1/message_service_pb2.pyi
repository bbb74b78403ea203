import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccountMessageType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_MESSAGE_TYPE_UNSPECIFIED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_VERIFY_EMAIL: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_ACCOUNT_EXISTS: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_PASSWORD_RESET: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_PASSWORD_CHANGED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_CONFIRM_EMAIL: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_EMAIL_CHANGE_REQUESTED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_EMAIL_CHANGED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_ACCOUNT_DELETED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_INVITATION: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_SIGN_IN_LOCKED: _ClassVar[AccountMessageType]
    ACCOUNT_MESSAGE_TYPE_SESSION_REUSED: _ClassVar[AccountMessageType]
ACCOUNT_MESSAGE_TYPE_UNSPECIFIED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_VERIFY_EMAIL: AccountMessageType
ACCOUNT_MESSAGE_TYPE_ACCOUNT_EXISTS: AccountMessageType
ACCOUNT_MESSAGE_TYPE_PASSWORD_RESET: AccountMessageType
ACCOUNT_MESSAGE_TYPE_PASSWORD_CHANGED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_CONFIRM_EMAIL: AccountMessageType
ACCOUNT_MESSAGE_TYPE_EMAIL_CHANGE_REQUESTED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_EMAIL_CHANGED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_ACCOUNT_DELETED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_INVITATION: AccountMessageType
ACCOUNT_MESSAGE_TYPE_SIGN_IN_LOCKED: AccountMessageType
ACCOUNT_MESSAGE_TYPE_SESSION_REUSED: AccountMessageType

class AccountMessage(_message.Message):
    __slots__ = ("message_id", "type", "recipient", "user_id", "display_name", "language_code", "token", "organization_display_name", "lock_minutes", "device_name", "create_time")
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LOCK_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DEVICE_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    type: AccountMessageType
    recipient: str
    user_id: str
    display_name: str
    language_code: str
    token: str
    organization_display_name: str
    lock_minutes: int
    device_name: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, message_id: _Optional[str] = ..., type: _Optional[_Union[AccountMessageType, str]] = ..., recipient: _Optional[str] = ..., user_id: _Optional[str] = ..., display_name: _Optional[str] = ..., language_code: _Optional[str] = ..., token: _Optional[str] = ..., organization_display_name: _Optional[str] = ..., lock_minutes: _Optional[int] = ..., device_name: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAccountMessageRequest(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    def __init__(self, message_id: _Optional[str] = ...) -> None: ...

class GetAccountMessageResponse(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: AccountMessage
    def __init__(self, message: _Optional[_Union[AccountMessage, _Mapping]] = ...) -> None: ...
