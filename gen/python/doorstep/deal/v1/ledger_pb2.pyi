import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AccountKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_KIND_UNSPECIFIED: _ClassVar[AccountKind]
    ACCOUNT_KIND_PROVIDER_CLEARING: _ClassVar[AccountKind]
    ACCOUNT_KIND_ESCROW: _ClassVar[AccountKind]
    ACCOUNT_KIND_COMMISSION_RECEIVED: _ClassVar[AccountKind]
    ACCOUNT_KIND_PLATFORM_REVENUE: _ClassVar[AccountKind]
    ACCOUNT_KIND_AGENT_PAYABLE: _ClassVar[AccountKind]
    ACCOUNT_KIND_REFERRAL_PAYABLE: _ClassVar[AccountKind]
    ACCOUNT_KIND_SELLER_PAYABLE: _ClassVar[AccountKind]
    ACCOUNT_KIND_PAYOUT_TRANSIT: _ClassVar[AccountKind]
ACCOUNT_KIND_UNSPECIFIED: AccountKind
ACCOUNT_KIND_PROVIDER_CLEARING: AccountKind
ACCOUNT_KIND_ESCROW: AccountKind
ACCOUNT_KIND_COMMISSION_RECEIVED: AccountKind
ACCOUNT_KIND_PLATFORM_REVENUE: AccountKind
ACCOUNT_KIND_AGENT_PAYABLE: AccountKind
ACCOUNT_KIND_REFERRAL_PAYABLE: AccountKind
ACCOUNT_KIND_SELLER_PAYABLE: AccountKind
ACCOUNT_KIND_PAYOUT_TRANSIT: AccountKind

class LedgerAccount(_message.Message):
    __slots__ = ("account_id", "kind", "owner_id", "currency_code", "balance_minor")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    BALANCE_MINOR_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    kind: AccountKind
    owner_id: str
    currency_code: str
    balance_minor: int
    def __init__(self, account_id: _Optional[str] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., owner_id: _Optional[str] = ..., currency_code: _Optional[str] = ..., balance_minor: _Optional[int] = ...) -> None: ...

class LedgerTransaction(_message.Message):
    __slots__ = ("transaction_id", "kind", "deal_id", "payment_id", "policy_id", "actor_id", "entries", "create_time", "payout_id")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    kind: str
    deal_id: str
    payment_id: str
    policy_id: str
    actor_id: str
    entries: _containers.RepeatedCompositeFieldContainer[LedgerEntry]
    create_time: _timestamp_pb2.Timestamp
    payout_id: str
    def __init__(self, transaction_id: _Optional[str] = ..., kind: _Optional[str] = ..., deal_id: _Optional[str] = ..., payment_id: _Optional[str] = ..., policy_id: _Optional[str] = ..., actor_id: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[LedgerEntry, _Mapping]]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., payout_id: _Optional[str] = ...) -> None: ...

class LedgerEntry(_message.Message):
    __slots__ = ("account_id", "kind", "currency_code", "amount_minor")
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    account_id: str
    kind: AccountKind
    currency_code: str
    amount_minor: int
    def __init__(self, account_id: _Optional[str] = ..., kind: _Optional[_Union[AccountKind, str]] = ..., currency_code: _Optional[str] = ..., amount_minor: _Optional[int] = ...) -> None: ...
