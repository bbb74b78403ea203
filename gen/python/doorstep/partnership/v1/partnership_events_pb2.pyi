from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PartnerRequestCreated(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ...) -> None: ...

class PartnerRequestAccepted(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id", "partnership_id")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    PARTNERSHIP_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    partnership_id: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ..., partnership_id: _Optional[str] = ...) -> None: ...

class PartnerRequestRejected(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ...) -> None: ...

class PartnerRequestWithdrawn(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ...) -> None: ...

class PartnerRequestExpired(_message.Message):
    __slots__ = ("partner_request_id", "sender_id", "recipient_id")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    sender_id: str
    recipient_id: str
    def __init__(self, partner_request_id: _Optional[str] = ..., sender_id: _Optional[str] = ..., recipient_id: _Optional[str] = ...) -> None: ...

class PartnershipEnded(_message.Message):
    __slots__ = ("partnership_id", "user_a_id", "user_b_id", "ended_by_id")
    PARTNERSHIP_ID_FIELD_NUMBER: _ClassVar[int]
    USER_A_ID_FIELD_NUMBER: _ClassVar[int]
    USER_B_ID_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_ID_FIELD_NUMBER: _ClassVar[int]
    partnership_id: str
    user_a_id: str
    user_b_id: str
    ended_by_id: str
    def __init__(self, partnership_id: _Optional[str] = ..., user_a_id: _Optional[str] = ..., user_b_id: _Optional[str] = ..., ended_by_id: _Optional[str] = ...) -> None: ...

class EngagementFacts(_message.Message):
    __slots__ = ("engagement_id", "client_id", "agent_id", "actor_id")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    client_id: str
    agent_id: str
    actor_id: str
    def __init__(self, engagement_id: _Optional[str] = ..., client_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., actor_id: _Optional[str] = ...) -> None: ...

class EngagementRequested(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class EngagementAccepted(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class EngagementDeclined(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class EngagementEnded(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class EngagementWithdrawn(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class EngagementExpired(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: EngagementFacts
    def __init__(self, engagement: _Optional[_Union[EngagementFacts, _Mapping]] = ...) -> None: ...

class UserBlocked(_message.Message):
    __slots__ = ("blocker_id", "blocked_id")
    BLOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_ID_FIELD_NUMBER: _ClassVar[int]
    blocker_id: str
    blocked_id: str
    def __init__(self, blocker_id: _Optional[str] = ..., blocked_id: _Optional[str] = ...) -> None: ...

class UserUnblocked(_message.Message):
    __slots__ = ("blocker_id", "blocked_id")
    BLOCKER_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_ID_FIELD_NUMBER: _ClassVar[int]
    blocker_id: str
    blocked_id: str
    def __init__(self, blocker_id: _Optional[str] = ..., blocked_id: _Optional[str] = ...) -> None: ...
