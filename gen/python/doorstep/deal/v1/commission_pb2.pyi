import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommissionRecipient(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMISSION_RECIPIENT_UNSPECIFIED: _ClassVar[CommissionRecipient]
    COMMISSION_RECIPIENT_PLATFORM: _ClassVar[CommissionRecipient]
    COMMISSION_RECIPIENT_AGENT: _ClassVar[CommissionRecipient]
    COMMISSION_RECIPIENT_REFERRAL: _ClassVar[CommissionRecipient]
COMMISSION_RECIPIENT_UNSPECIFIED: CommissionRecipient
COMMISSION_RECIPIENT_PLATFORM: CommissionRecipient
COMMISSION_RECIPIENT_AGENT: CommissionRecipient
COMMISSION_RECIPIENT_REFERRAL: CommissionRecipient

class CommissionPolicy(_message.Message):
    __slots__ = ("policy_id", "organization_id", "display_name", "agent_id", "effective_time", "token_basis_points", "tiers", "creator_id", "create_time")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    TOKEN_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    CREATOR_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    organization_id: str
    display_name: str
    agent_id: str
    effective_time: _timestamp_pb2.Timestamp
    token_basis_points: int
    tiers: _containers.RepeatedCompositeFieldContainer[CommissionTier]
    creator_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, policy_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., display_name: _Optional[str] = ..., agent_id: _Optional[str] = ..., effective_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., token_basis_points: _Optional[int] = ..., tiers: _Optional[_Iterable[_Union[CommissionTier, _Mapping]]] = ..., creator_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CommissionTier(_message.Message):
    __slots__ = ("minimum_units", "shares")
    MINIMUM_UNITS_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    minimum_units: int
    shares: _containers.RepeatedCompositeFieldContainer[CommissionShare]
    def __init__(self, minimum_units: _Optional[int] = ..., shares: _Optional[_Iterable[_Union[CommissionShare, _Mapping]]] = ...) -> None: ...

class CommissionShare(_message.Message):
    __slots__ = ("recipient", "payee_id", "basis_points")
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PAYEE_ID_FIELD_NUMBER: _ClassVar[int]
    BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    recipient: CommissionRecipient
    payee_id: str
    basis_points: int
    def __init__(self, recipient: _Optional[_Union[CommissionRecipient, str]] = ..., payee_id: _Optional[str] = ..., basis_points: _Optional[int] = ...) -> None: ...
