from doorstep.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PaymentOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYMENT_ORDER_UNSPECIFIED: _ClassVar[PaymentOrder]
    PAYMENT_ORDER_CHARGE: _ClassVar[PaymentOrder]
    PAYMENT_ORDER_REFUND: _ClassVar[PaymentOrder]
PAYMENT_ORDER_UNSPECIFIED: PaymentOrder
PAYMENT_ORDER_CHARGE: PaymentOrder
PAYMENT_ORDER_REFUND: PaymentOrder

class SubmitPaymentJob(_message.Message):
    __slots__ = ("payment_id", "organization_id", "order", "payment_method", "attempt")
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_METHOD_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    payment_id: str
    organization_id: str
    order: PaymentOrder
    payment_method: str
    attempt: int
    def __init__(self, payment_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., order: _Optional[_Union[PaymentOrder, str]] = ..., payment_method: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class SubmitPayoutJob(_message.Message):
    __slots__ = ("payout_id", "organization_id")
    PAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    payout_id: str
    organization_id: str
    def __init__(self, payout_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...

class DeliverProviderEventJob(_message.Message):
    __slots__ = ("body", "next")
    BODY_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    next: bytes
    def __init__(self, body: _Optional[bytes] = ..., next: _Optional[bytes] = ...) -> None: ...
