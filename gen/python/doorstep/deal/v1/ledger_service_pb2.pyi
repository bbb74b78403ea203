from buf.validate import validate_pb2 as _validate_pb2
from doorstep.deal.v1 import ledger_pb2 as _ledger_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListLedgerAccountsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListLedgerAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.LedgerAccount]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[_ledger_pb2.LedgerAccount, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListLedgerTransactionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "deal_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    deal_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., deal_id: _Optional[str] = ...) -> None: ...

class ListLedgerTransactionsResponse(_message.Message):
    __slots__ = ("transactions", "next_page_token")
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    transactions: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.LedgerTransaction]
    next_page_token: str
    def __init__(self, transactions: _Optional[_Iterable[_Union[_ledger_pb2.LedgerTransaction, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
