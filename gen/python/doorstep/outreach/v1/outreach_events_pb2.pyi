from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class AccountMessageSent(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    def __init__(self, message_id: _Optional[str] = ...) -> None: ...

class NotificationPosted(_message.Message):
    __slots__ = ("user_id", "notification_id", "sequence", "type")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    notification_id: str
    sequence: int
    type: str
    def __init__(self, user_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., sequence: _Optional[int] = ..., type: _Optional[str] = ...) -> None: ...
