import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DocumentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_STATUS_UNSPECIFIED: _ClassVar[DocumentStatus]
    DOCUMENT_STATUS_RECEIVED: _ClassVar[DocumentStatus]
    DOCUMENT_STATUS_ACCEPTED: _ClassVar[DocumentStatus]
    DOCUMENT_STATUS_REJECTED: _ClassVar[DocumentStatus]

class DocumentAudience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DOCUMENT_AUDIENCE_UNSPECIFIED: _ClassVar[DocumentAudience]
    DOCUMENT_AUDIENCE_PARTIES: _ClassVar[DocumentAudience]
    DOCUMENT_AUDIENCE_MEMBERS: _ClassVar[DocumentAudience]
DOCUMENT_STATUS_UNSPECIFIED: DocumentStatus
DOCUMENT_STATUS_RECEIVED: DocumentStatus
DOCUMENT_STATUS_ACCEPTED: DocumentStatus
DOCUMENT_STATUS_REJECTED: DocumentStatus
DOCUMENT_AUDIENCE_UNSPECIFIED: DocumentAudience
DOCUMENT_AUDIENCE_PARTIES: DocumentAudience
DOCUMENT_AUDIENCE_MEMBERS: DocumentAudience

class DealDocument(_message.Message):
    __slots__ = ("document_id", "deal_id", "organization_id", "etag", "document_type", "document_status", "audience", "file_name", "media_type", "size_bytes", "sha256", "uploader_id", "verifier_id", "reason", "create_time", "verify_time")
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_STATUS_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    UPLOADER_ID_FIELD_NUMBER: _ClassVar[int]
    VERIFIER_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    document_id: str
    deal_id: str
    organization_id: str
    etag: str
    document_type: str
    document_status: DocumentStatus
    audience: DocumentAudience
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    uploader_id: str
    verifier_id: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    verify_time: _timestamp_pb2.Timestamp
    def __init__(self, document_id: _Optional[str] = ..., deal_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., document_type: _Optional[str] = ..., document_status: _Optional[_Union[DocumentStatus, str]] = ..., audience: _Optional[_Union[DocumentAudience, str]] = ..., file_name: _Optional[str] = ..., media_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ..., uploader_id: _Optional[str] = ..., verifier_id: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., verify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
