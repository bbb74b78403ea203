from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import calendar_pb2 as _calendar_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetVisitInvitationRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class GetVisitInvitationResponse(_message.Message):
    __slots__ = ("calendar",)
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    calendar: _httpbody_pb2.HttpBody
    def __init__(self, calendar: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...

class ResolveVisitInvitationRequest(_message.Message):
    __slots__ = ("visit_id", "user_id")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    user_id: str
    def __init__(self, visit_id: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class ResolveVisitInvitationResponse(_message.Message):
    __slots__ = ("method", "sequence", "file_name", "content")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    method: _calendar_pb2.InvitationMethod
    sequence: int
    file_name: str
    content: bytes
    def __init__(self, method: _Optional[_Union[_calendar_pb2.InvitationMethod, str]] = ..., sequence: _Optional[int] = ..., file_name: _Optional[str] = ..., content: _Optional[bytes] = ...) -> None: ...

class CreateCalendarFeedRequest(_message.Message):
    __slots__ = ("display_name",)
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    def __init__(self, display_name: _Optional[str] = ...) -> None: ...

class CreateCalendarFeedResponse(_message.Message):
    __slots__ = ("feed", "url")
    FEED_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    feed: _calendar_pb2.CalendarFeed
    url: str
    def __init__(self, feed: _Optional[_Union[_calendar_pb2.CalendarFeed, _Mapping]] = ..., url: _Optional[str] = ...) -> None: ...

class ListCalendarFeedsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCalendarFeedsResponse(_message.Message):
    __slots__ = ("feeds", "next_page_token")
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    feeds: _containers.RepeatedCompositeFieldContainer[_calendar_pb2.CalendarFeed]
    next_page_token: str
    def __init__(self, feeds: _Optional[_Iterable[_Union[_calendar_pb2.CalendarFeed, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RevokeCalendarFeedRequest(_message.Message):
    __slots__ = ("feed_id",)
    FEED_ID_FIELD_NUMBER: _ClassVar[int]
    feed_id: str
    def __init__(self, feed_id: _Optional[str] = ...) -> None: ...

class RevokeCalendarFeedResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadCalendarFeedRequest(_message.Message):
    __slots__ = ("feed_id", "secret")
    FEED_ID_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    feed_id: str
    secret: str
    def __init__(self, feed_id: _Optional[str] = ..., secret: _Optional[str] = ...) -> None: ...

class ReadCalendarFeedResponse(_message.Message):
    __slots__ = ("calendar",)
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    calendar: _httpbody_pb2.HttpBody
    def __init__(self, calendar: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ...) -> None: ...
