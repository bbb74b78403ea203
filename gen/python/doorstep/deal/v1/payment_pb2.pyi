import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PaymentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYMENT_STATE_UNSPECIFIED: _ClassVar[PaymentState]
    PAYMENT_STATE_CREATED: _ClassVar[PaymentState]
    PAYMENT_STATE_HELD: _ClassVar[PaymentState]
    PAYMENT_STATE_RELEASED: _ClassVar[PaymentState]
    PAYMENT_STATE_REFUNDING: _ClassVar[PaymentState]
    PAYMENT_STATE_REFUNDED: _ClassVar[PaymentState]
    PAYMENT_STATE_FORFEITED: _ClassVar[PaymentState]
    PAYMENT_STATE_FAILED: _ClassVar[PaymentState]
    PAYMENT_STATE_REFUND_RETURNED: _ClassVar[PaymentState]
    PAYMENT_STATE_CANCELLED: _ClassVar[PaymentState]
PAYMENT_STATE_UNSPECIFIED: PaymentState
PAYMENT_STATE_CREATED: PaymentState
PAYMENT_STATE_HELD: PaymentState
PAYMENT_STATE_RELEASED: PaymentState
PAYMENT_STATE_REFUNDING: PaymentState
PAYMENT_STATE_REFUNDED: PaymentState
PAYMENT_STATE_FORFEITED: PaymentState
PAYMENT_STATE_FAILED: PaymentState
PAYMENT_STATE_REFUND_RETURNED: PaymentState
PAYMENT_STATE_CANCELLED: PaymentState

class Payment(_message.Message):
    __slots__ = ("payment_id", "organization_id", "deal_id", "buyer_id", "etag", "state", "amount", "provider", "failure", "reason", "create_time", "update_time", "hold_time", "end_time", "held_amount")
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLD_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    HELD_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    payment_id: str
    organization_id: str
    deal_id: str
    buyer_id: str
    etag: str
    state: PaymentState
    amount: _money_pb2.Money
    provider: str
    failure: str
    reason: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    hold_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    held_amount: _money_pb2.Money
    def __init__(self, payment_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., deal_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[PaymentState, str]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., provider: _Optional[str] = ..., failure: _Optional[str] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hold_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., held_amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...
