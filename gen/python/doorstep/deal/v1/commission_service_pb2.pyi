from buf.validate import validate_pb2 as _validate_pb2
from doorstep.deal.v1 import commission_pb2 as _commission_pb2
from doorstep.deal.v1 import ledger_pb2 as _ledger_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateCommissionPolicyRequest(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _commission_pb2.CommissionPolicy
    def __init__(self, policy: _Optional[_Union[_commission_pb2.CommissionPolicy, _Mapping]] = ...) -> None: ...

class CreateCommissionPolicyResponse(_message.Message):
    __slots__ = ("policy",)
    POLICY_FIELD_NUMBER: _ClassVar[int]
    policy: _commission_pb2.CommissionPolicy
    def __init__(self, policy: _Optional[_Union[_commission_pb2.CommissionPolicy, _Mapping]] = ...) -> None: ...

class ListCommissionPoliciesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListCommissionPoliciesResponse(_message.Message):
    __slots__ = ("policies", "next_page_token")
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[_commission_pb2.CommissionPolicy]
    next_page_token: str
    def __init__(self, policies: _Optional[_Iterable[_Union[_commission_pb2.CommissionPolicy, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DistributeCommissionRequest(_message.Message):
    __slots__ = ("deal_id",)
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    def __init__(self, deal_id: _Optional[str] = ...) -> None: ...

class DistributeCommissionResponse(_message.Message):
    __slots__ = ("transaction",)
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    transaction: _ledger_pb2.LedgerTransaction
    def __init__(self, transaction: _Optional[_Union[_ledger_pb2.LedgerTransaction, _Mapping]] = ...) -> None: ...
