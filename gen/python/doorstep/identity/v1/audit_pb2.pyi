import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuditActorKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIT_ACTOR_KIND_UNSPECIFIED: _ClassVar[AuditActorKind]
    AUDIT_ACTOR_KIND_USER: _ClassVar[AuditActorKind]
    AUDIT_ACTOR_KIND_API_KEY: _ClassVar[AuditActorKind]
    AUDIT_ACTOR_KIND_DEVICE: _ClassVar[AuditActorKind]
    AUDIT_ACTOR_KIND_SYSTEM: _ClassVar[AuditActorKind]
    AUDIT_ACTOR_KIND_ANONYMOUS: _ClassVar[AuditActorKind]
AUDIT_ACTOR_KIND_UNSPECIFIED: AuditActorKind
AUDIT_ACTOR_KIND_USER: AuditActorKind
AUDIT_ACTOR_KIND_API_KEY: AuditActorKind
AUDIT_ACTOR_KIND_DEVICE: AuditActorKind
AUDIT_ACTOR_KIND_SYSTEM: AuditActorKind
AUDIT_ACTOR_KIND_ANONYMOUS: AuditActorKind

class AuditEntry(_message.Message):
    __slots__ = ("sequence", "action", "actor_kind", "actor_id", "resource_type", "resource_id", "before", "after", "request_id", "address", "create_time", "hash")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_KIND_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    action: str
    actor_kind: AuditActorKind
    actor_id: str
    resource_type: str
    resource_id: str
    before: _struct_pb2.Struct
    after: _struct_pb2.Struct
    request_id: str
    address: str
    create_time: _timestamp_pb2.Timestamp
    hash: str
    def __init__(self, sequence: _Optional[int] = ..., action: _Optional[str] = ..., actor_kind: _Optional[_Union[AuditActorKind, str]] = ..., actor_id: _Optional[str] = ..., resource_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., before: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., after: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., request_id: _Optional[str] = ..., address: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hash: _Optional[str] = ...) -> None: ...
