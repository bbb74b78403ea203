from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.property.v1 import property_import_pb2 as _property_import_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportPropertiesRequest(_message.Message):
    __slots__ = ("file", "mapping", "validate_only", "file_name")
    FILE_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    file: _httpbody_pb2.HttpBody
    mapping: str
    validate_only: bool
    file_name: str
    def __init__(self, file: _Optional[_Union[_httpbody_pb2.HttpBody, _Mapping]] = ..., mapping: _Optional[str] = ..., validate_only: _Optional[bool] = ..., file_name: _Optional[str] = ...) -> None: ...

class ImportPropertiesResponse(_message.Message):
    __slots__ = ("property_import",)
    PROPERTY_IMPORT_FIELD_NUMBER: _ClassVar[int]
    property_import: _property_import_pb2.PropertyImport
    def __init__(self, property_import: _Optional[_Union[_property_import_pb2.PropertyImport, _Mapping]] = ...) -> None: ...

class UploadImportRequest(_message.Message):
    __slots__ = ("header", "data")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    header: UploadImportHeader
    data: bytes
    def __init__(self, header: _Optional[_Union[UploadImportHeader, _Mapping]] = ..., data: _Optional[bytes] = ...) -> None: ...

class UploadImportHeader(_message.Message):
    __slots__ = ("mapping", "validate_only", "file_name")
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    mapping: str
    validate_only: bool
    file_name: str
    def __init__(self, mapping: _Optional[str] = ..., validate_only: _Optional[bool] = ..., file_name: _Optional[str] = ...) -> None: ...

class UploadImportResponse(_message.Message):
    __slots__ = ("property_import",)
    PROPERTY_IMPORT_FIELD_NUMBER: _ClassVar[int]
    property_import: _property_import_pb2.PropertyImport
    def __init__(self, property_import: _Optional[_Union[_property_import_pb2.PropertyImport, _Mapping]] = ...) -> None: ...

class GetImportRequest(_message.Message):
    __slots__ = ("import_id",)
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    def __init__(self, import_id: _Optional[str] = ...) -> None: ...

class GetImportResponse(_message.Message):
    __slots__ = ("property_import",)
    PROPERTY_IMPORT_FIELD_NUMBER: _ClassVar[int]
    property_import: _property_import_pb2.PropertyImport
    def __init__(self, property_import: _Optional[_Union[_property_import_pb2.PropertyImport, _Mapping]] = ...) -> None: ...

class ListImportsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListImportsResponse(_message.Message):
    __slots__ = ("imports", "next_page_token")
    IMPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    imports: _containers.RepeatedCompositeFieldContainer[_property_import_pb2.PropertyImport]
    next_page_token: str
    def __init__(self, imports: _Optional[_Iterable[_Union[_property_import_pb2.PropertyImport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListImportErrorsRequest(_message.Message):
    __slots__ = ("import_id", "page_size", "page_token", "severity")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    page_size: int
    page_token: str
    severity: _property_import_pb2.ImportErrorSeverity
    def __init__(self, import_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., severity: _Optional[_Union[_property_import_pb2.ImportErrorSeverity, str]] = ...) -> None: ...

class ListImportErrorsResponse(_message.Message):
    __slots__ = ("errors", "next_page_token")
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    errors: _containers.RepeatedCompositeFieldContainer[_property_import_pb2.ImportError]
    next_page_token: str
    def __init__(self, errors: _Optional[_Iterable[_Union[_property_import_pb2.ImportError, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelImportRequest(_message.Message):
    __slots__ = ("import_id",)
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    def __init__(self, import_id: _Optional[str] = ...) -> None: ...

class CancelImportResponse(_message.Message):
    __slots__ = ("property_import",)
    PROPERTY_IMPORT_FIELD_NUMBER: _ClassVar[int]
    property_import: _property_import_pb2.PropertyImport
    def __init__(self, property_import: _Optional[_Union[_property_import_pb2.PropertyImport, _Mapping]] = ...) -> None: ...

class ListImportMappingsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListImportMappingsResponse(_message.Message):
    __slots__ = ("mappings", "next_page_token")
    MAPPINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    mappings: _containers.RepeatedCompositeFieldContainer[_property_import_pb2.ImportMapping]
    next_page_token: str
    def __init__(self, mappings: _Optional[_Iterable[_Union[_property_import_pb2.ImportMapping, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
