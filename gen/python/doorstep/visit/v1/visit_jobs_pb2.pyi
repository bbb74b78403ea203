from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ExpireVisitJob(_message.Message):
    __slots__ = ("visit_id", "organization_id", "sequence")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    organization_id: str
    sequence: int
    def __init__(self, visit_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., sequence: _Optional[int] = ...) -> None: ...

class RemindVisitJob(_message.Message):
    __slots__ = ("visit_id", "organization_id", "sequence", "minutes_before")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    MINUTES_BEFORE_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    organization_id: str
    sequence: int
    minutes_before: int
    def __init__(self, visit_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., sequence: _Optional[int] = ..., minutes_before: _Optional[int] = ...) -> None: ...
