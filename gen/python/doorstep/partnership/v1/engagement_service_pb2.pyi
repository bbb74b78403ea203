from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.partnership.v1 import engagement_pb2 as _engagement_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RequestEngagementRequest(_message.Message):
    __slots__ = ("agent_id", "agent_organization_id", "purpose", "note")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    agent_organization_id: str
    purpose: _engagement_pb2.EngagementPurpose
    note: str
    def __init__(self, agent_id: _Optional[str] = ..., agent_organization_id: _Optional[str] = ..., purpose: _Optional[_Union[_engagement_pb2.EngagementPurpose, str]] = ..., note: _Optional[str] = ...) -> None: ...

class RequestEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...

class GetEngagementRequest(_message.Message):
    __slots__ = ("engagement_id",)
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    def __init__(self, engagement_id: _Optional[str] = ...) -> None: ...

class GetEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...

class ListEngagementsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "side")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_engagement_pb2.EngagementState]
    side: _engagement_pb2.EngagementSide
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_engagement_pb2.EngagementState, str]]] = ..., side: _Optional[_Union[_engagement_pb2.EngagementSide, str]] = ...) -> None: ...

class ListEngagementsResponse(_message.Message):
    __slots__ = ("engagements", "next_page_token")
    ENGAGEMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    engagements: _containers.RepeatedCompositeFieldContainer[_engagement_pb2.Engagement]
    next_page_token: str
    def __init__(self, engagements: _Optional[_Iterable[_Union[_engagement_pb2.Engagement, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcceptEngagementRequest(_message.Message):
    __slots__ = ("engagement_id", "etag")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    etag: str
    def __init__(self, engagement_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AcceptEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...

class DeclineEngagementRequest(_message.Message):
    __slots__ = ("engagement_id", "etag")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    etag: str
    def __init__(self, engagement_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeclineEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...

class WithdrawEngagementRequest(_message.Message):
    __slots__ = ("engagement_id", "etag")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    etag: str
    def __init__(self, engagement_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class WithdrawEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...

class EndEngagementRequest(_message.Message):
    __slots__ = ("engagement_id", "etag")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    etag: str
    def __init__(self, engagement_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class EndEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _engagement_pb2.Engagement
    def __init__(self, engagement: _Optional[_Union[_engagement_pb2.Engagement, _Mapping]] = ...) -> None: ...
