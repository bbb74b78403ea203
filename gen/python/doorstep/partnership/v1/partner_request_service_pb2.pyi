from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.partnership.v1 import partner_request_pb2 as _partner_request_pb2
from doorstep.partnership.v1 import partnership_pb2 as _partnership_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreatePartnerRequestRequest(_message.Message):
    __slots__ = ("recipient_id", "note")
    RECIPIENT_ID_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    recipient_id: str
    note: str
    def __init__(self, recipient_id: _Optional[str] = ..., note: _Optional[str] = ...) -> None: ...

class CreatePartnerRequestResponse(_message.Message):
    __slots__ = ("partner_request", "partnership")
    PARTNER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    PARTNERSHIP_FIELD_NUMBER: _ClassVar[int]
    partner_request: _partner_request_pb2.PartnerRequest
    partnership: _partnership_pb2.Partnership
    def __init__(self, partner_request: _Optional[_Union[_partner_request_pb2.PartnerRequest, _Mapping]] = ..., partnership: _Optional[_Union[_partnership_pb2.Partnership, _Mapping]] = ...) -> None: ...

class GetPartnerRequestRequest(_message.Message):
    __slots__ = ("partner_request_id",)
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    def __init__(self, partner_request_id: _Optional[str] = ...) -> None: ...

class GetPartnerRequestResponse(_message.Message):
    __slots__ = ("partner_request",)
    PARTNER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    partner_request: _partner_request_pb2.PartnerRequest
    def __init__(self, partner_request: _Optional[_Union[_partner_request_pb2.PartnerRequest, _Mapping]] = ...) -> None: ...

class ListReceivedPartnerRequestsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_partner_request_pb2.PartnerRequestState]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_partner_request_pb2.PartnerRequestState, str]]] = ...) -> None: ...

class ListReceivedPartnerRequestsResponse(_message.Message):
    __slots__ = ("partner_requests", "next_page_token")
    PARTNER_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    partner_requests: _containers.RepeatedCompositeFieldContainer[_partner_request_pb2.PartnerRequest]
    next_page_token: str
    def __init__(self, partner_requests: _Optional[_Iterable[_Union[_partner_request_pb2.PartnerRequest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListSentPartnerRequestsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_partner_request_pb2.PartnerRequestState]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_partner_request_pb2.PartnerRequestState, str]]] = ...) -> None: ...

class ListSentPartnerRequestsResponse(_message.Message):
    __slots__ = ("partner_requests", "next_page_token")
    PARTNER_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    partner_requests: _containers.RepeatedCompositeFieldContainer[_partner_request_pb2.PartnerRequest]
    next_page_token: str
    def __init__(self, partner_requests: _Optional[_Iterable[_Union[_partner_request_pb2.PartnerRequest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AcceptPartnerRequestRequest(_message.Message):
    __slots__ = ("partner_request_id", "etag")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    etag: str
    def __init__(self, partner_request_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AcceptPartnerRequestResponse(_message.Message):
    __slots__ = ("partner_request", "partnership")
    PARTNER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    PARTNERSHIP_FIELD_NUMBER: _ClassVar[int]
    partner_request: _partner_request_pb2.PartnerRequest
    partnership: _partnership_pb2.Partnership
    def __init__(self, partner_request: _Optional[_Union[_partner_request_pb2.PartnerRequest, _Mapping]] = ..., partnership: _Optional[_Union[_partnership_pb2.Partnership, _Mapping]] = ...) -> None: ...

class RejectPartnerRequestRequest(_message.Message):
    __slots__ = ("partner_request_id", "etag")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    etag: str
    def __init__(self, partner_request_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class RejectPartnerRequestResponse(_message.Message):
    __slots__ = ("partner_request",)
    PARTNER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    partner_request: _partner_request_pb2.PartnerRequest
    def __init__(self, partner_request: _Optional[_Union[_partner_request_pb2.PartnerRequest, _Mapping]] = ...) -> None: ...

class WithdrawPartnerRequestRequest(_message.Message):
    __slots__ = ("partner_request_id", "etag")
    PARTNER_REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    partner_request_id: str
    etag: str
    def __init__(self, partner_request_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class WithdrawPartnerRequestResponse(_message.Message):
    __slots__ = ("partner_request",)
    PARTNER_REQUEST_FIELD_NUMBER: _ClassVar[int]
    partner_request: _partner_request_pb2.PartnerRequest
    def __init__(self, partner_request: _Optional[_Union[_partner_request_pb2.PartnerRequest, _Mapping]] = ...) -> None: ...
