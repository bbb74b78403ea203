from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ExpirePartnerRequestJob(_message.Message):
    __slots__ = ("partner_request_id",)
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    def __init__(self, partner_request_id: _Optional[str] = ...) -> None: ...

class ExpireEngagementJob(_message.Message):
    __slots__ = ("engagement_id",)
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    def __init__(self, engagement_id: _Optional[str] = ...) -> None: ...
