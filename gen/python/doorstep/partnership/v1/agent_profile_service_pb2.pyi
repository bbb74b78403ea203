from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.partnership.v1 import agent_profile_pb2 as _agent_profile_pb2
from doorstep.partnership.v1 import engagement_pb2 as _engagement_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.type import latlng_pb2 as _latlng_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReplaceAgentProfileRequest(_message.Message):
    __slots__ = ("agent_profile",)
    AGENT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    agent_profile: _agent_profile_pb2.AgentProfile
    def __init__(self, agent_profile: _Optional[_Union[_agent_profile_pb2.AgentProfile, _Mapping]] = ...) -> None: ...

class ReplaceAgentProfileResponse(_message.Message):
    __slots__ = ("agent_profile",)
    AGENT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    agent_profile: _agent_profile_pb2.AgentProfile
    def __init__(self, agent_profile: _Optional[_Union[_agent_profile_pb2.AgentProfile, _Mapping]] = ...) -> None: ...

class DeleteAgentProfileRequest(_message.Message):
    __slots__ = ("etag",)
    ETAG_FIELD_NUMBER: _ClassVar[int]
    etag: str
    def __init__(self, etag: _Optional[str] = ...) -> None: ...

class DeleteAgentProfileResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetAgentProfileRequest(_message.Message):
    __slots__ = ("agent_id",)
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    def __init__(self, agent_id: _Optional[str] = ...) -> None: ...

class GetAgentProfileResponse(_message.Message):
    __slots__ = ("agent_profile",)
    AGENT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    agent_profile: _agent_profile_pb2.AgentProfile
    def __init__(self, agent_profile: _Optional[_Union[_agent_profile_pb2.AgentProfile, _Mapping]] = ...) -> None: ...

class ListAgentProfilesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "center", "radius_meters", "purpose", "language_code", "agent_organization_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CENTER_FIELD_NUMBER: _ClassVar[int]
    RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    AGENT_ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    center: _latlng_pb2.LatLng
    radius_meters: float
    purpose: _engagement_pb2.EngagementPurpose
    language_code: str
    agent_organization_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., center: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., radius_meters: _Optional[float] = ..., purpose: _Optional[_Union[_engagement_pb2.EngagementPurpose, str]] = ..., language_code: _Optional[str] = ..., agent_organization_id: _Optional[str] = ...) -> None: ...

class ListAgentProfilesResponse(_message.Message):
    __slots__ = ("agents", "next_page_token")
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    agents: _containers.RepeatedCompositeFieldContainer[FoundAgent]
    next_page_token: str
    def __init__(self, agents: _Optional[_Iterable[_Union[FoundAgent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class FoundAgent(_message.Message):
    __slots__ = ("agent_profile", "distance_meters")
    AGENT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    agent_profile: _agent_profile_pb2.AgentProfile
    distance_meters: float
    def __init__(self, agent_profile: _Optional[_Union[_agent_profile_pb2.AgentProfile, _Mapping]] = ..., distance_meters: _Optional[float] = ...) -> None: ...
