from buf.validate import validate_pb2 as _validate_pb2
from doorstep.deal.v1 import document_pb2 as _document_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AddDealDocumentRequest(_message.Message):
    __slots__ = ("deal_id", "document_type", "file_name", "media_type", "content", "sha256", "audience")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    document_type: str
    file_name: str
    media_type: str
    content: bytes
    sha256: str
    audience: _document_pb2.DocumentAudience
    def __init__(self, deal_id: _Optional[str] = ..., document_type: _Optional[str] = ..., file_name: _Optional[str] = ..., media_type: _Optional[str] = ..., content: _Optional[bytes] = ..., sha256: _Optional[str] = ..., audience: _Optional[_Union[_document_pb2.DocumentAudience, str]] = ...) -> None: ...

class AddDealDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.DealDocument
    def __init__(self, document: _Optional[_Union[_document_pb2.DealDocument, _Mapping]] = ...) -> None: ...

class GetDealDocumentRequest(_message.Message):
    __slots__ = ("deal_id", "document_id")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    document_id: str
    def __init__(self, deal_id: _Optional[str] = ..., document_id: _Optional[str] = ...) -> None: ...

class GetDealDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.DealDocument
    def __init__(self, document: _Optional[_Union[_document_pb2.DealDocument, _Mapping]] = ...) -> None: ...

class ListDealDocumentsRequest(_message.Message):
    __slots__ = ("deal_id", "page_size", "page_token")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    page_size: int
    page_token: str
    def __init__(self, deal_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDealDocumentsResponse(_message.Message):
    __slots__ = ("documents", "next_page_token")
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    documents: _containers.RepeatedCompositeFieldContainer[_document_pb2.DealDocument]
    next_page_token: str
    def __init__(self, documents: _Optional[_Iterable[_Union[_document_pb2.DealDocument, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadDealDocumentRequest(_message.Message):
    __slots__ = ("deal_id", "document_id")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    document_id: str
    def __init__(self, deal_id: _Optional[str] = ..., document_id: _Optional[str] = ...) -> None: ...

class DownloadDealDocumentResponse(_message.Message):
    __slots__ = ("document", "content")
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.DealDocument
    content: bytes
    def __init__(self, document: _Optional[_Union[_document_pb2.DealDocument, _Mapping]] = ..., content: _Optional[bytes] = ...) -> None: ...

class VerifyDealDocumentRequest(_message.Message):
    __slots__ = ("deal_id", "document_id", "etag")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    document_id: str
    etag: str
    def __init__(self, deal_id: _Optional[str] = ..., document_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class VerifyDealDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.DealDocument
    def __init__(self, document: _Optional[_Union[_document_pb2.DealDocument, _Mapping]] = ...) -> None: ...

class RejectDealDocumentRequest(_message.Message):
    __slots__ = ("deal_id", "document_id", "etag", "reason")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    document_id: str
    etag: str
    reason: str
    def __init__(self, deal_id: _Optional[str] = ..., document_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RejectDealDocumentResponse(_message.Message):
    __slots__ = ("document",)
    DOCUMENT_FIELD_NUMBER: _ClassVar[int]
    document: _document_pb2.DealDocument
    def __init__(self, document: _Optional[_Union[_document_pb2.DealDocument, _Mapping]] = ...) -> None: ...
