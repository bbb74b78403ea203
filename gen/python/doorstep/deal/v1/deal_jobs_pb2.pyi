from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ExpireOfferJob(_message.Message):
    __slots__ = ("offer_id", "organization_id", "round")
    OFFER_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    offer_id: str
    organization_id: str
    round: int
    def __init__(self, offer_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., round: _Optional[int] = ...) -> None: ...
