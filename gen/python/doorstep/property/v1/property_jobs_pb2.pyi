from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ImportJob(_message.Message):
    __slots__ = ("import_id", "organization_id")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    organization_id: str
    def __init__(self, import_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...
