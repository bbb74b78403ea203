from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CallerKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALLER_KIND_UNSPECIFIED: _ClassVar[CallerKind]
    CALLER_KIND_USER: _ClassVar[CallerKind]
    CALLER_KIND_API_KEY: _ClassVar[CallerKind]
    CALLER_KIND_DEVICE: _ClassVar[CallerKind]

class Sensitivity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENSITIVITY_UNSPECIFIED: _ClassVar[Sensitivity]
    SENSITIVITY_PERSONAL: _ClassVar[Sensitivity]
    SENSITIVITY_SECRET: _ClassVar[Sensitivity]
CALLER_KIND_UNSPECIFIED: CallerKind
CALLER_KIND_USER: CallerKind
CALLER_KIND_API_KEY: CallerKind
CALLER_KIND_DEVICE: CallerKind
SENSITIVITY_UNSPECIFIED: Sensitivity
SENSITIVITY_PERSONAL: Sensitivity
SENSITIVITY_SECRET: Sensitivity
ACCESS_FIELD_NUMBER: _ClassVar[int]
access: _descriptor.FieldDescriptor
RATE_LIMIT_FIELD_NUMBER: _ClassVar[int]
rate_limit: _descriptor.FieldDescriptor
REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
request_bytes: _descriptor.FieldDescriptor
SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
sensitivity: _descriptor.FieldDescriptor

class Access(_message.Message):
    __slots__ = ("public", "authenticated", "permission", "internal", "callers", "recent_authentication")
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    AUTHENTICATED_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_FIELD_NUMBER: _ClassVar[int]
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    RECENT_AUTHENTICATION_FIELD_NUMBER: _ClassVar[int]
    public: bool
    authenticated: bool
    permission: str
    internal: bool
    callers: _containers.RepeatedScalarFieldContainer[CallerKind]
    recent_authentication: bool
    def __init__(self, public: _Optional[bool] = ..., authenticated: _Optional[bool] = ..., permission: _Optional[str] = ..., internal: _Optional[bool] = ..., callers: _Optional[_Iterable[_Union[CallerKind, str]]] = ..., recent_authentication: _Optional[bool] = ...) -> None: ...

class RateLimit(_message.Message):
    __slots__ = ("requests", "window_seconds", "per_address", "strict")
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    PER_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    requests: int
    window_seconds: int
    per_address: bool
    strict: bool
    def __init__(self, requests: _Optional[int] = ..., window_seconds: _Optional[int] = ..., per_address: _Optional[bool] = ..., strict: _Optional[bool] = ...) -> None: ...
