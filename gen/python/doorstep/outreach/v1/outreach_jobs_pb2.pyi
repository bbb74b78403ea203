import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotifyJob(_message.Message):
    __slots__ = ("event_id", "user_id", "type", "resource_type", "resource_id", "people", "times", "time_zone", "sums", "days", "words", "gather_key", "event_time", "gather_position", "user_ids")
    class PeopleEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class TimesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _timestamp_pb2.Timestamp
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class SumsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _money_pb2.Money
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...
    class DaysEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _date_pb2.Date
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...
    class WordsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    SUMS_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    GATHER_KEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    GATHER_POSITION_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    user_id: str
    type: str
    resource_type: str
    resource_id: str
    people: _containers.ScalarMap[str, str]
    times: _containers.MessageMap[str, _timestamp_pb2.Timestamp]
    time_zone: str
    sums: _containers.MessageMap[str, _money_pb2.Money]
    days: _containers.MessageMap[str, _date_pb2.Date]
    words: _containers.ScalarMap[str, str]
    gather_key: str
    event_time: _timestamp_pb2.Timestamp
    gather_position: int
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, event_id: _Optional[str] = ..., user_id: _Optional[str] = ..., type: _Optional[str] = ..., resource_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., people: _Optional[_Mapping[str, str]] = ..., times: _Optional[_Mapping[str, _timestamp_pb2.Timestamp]] = ..., time_zone: _Optional[str] = ..., sums: _Optional[_Mapping[str, _money_pb2.Money]] = ..., days: _Optional[_Mapping[str, _date_pb2.Date]] = ..., words: _Optional[_Mapping[str, str]] = ..., gather_key: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., gather_position: _Optional[int] = ..., user_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class AccountMessageJob(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    def __init__(self, message_id: _Optional[str] = ...) -> None: ...

class DeliverJob(_message.Message):
    __slots__ = ("delivery_id", "user_id", "account_message_id", "invited_visit_id")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    INVITED_VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    user_id: str
    account_message_id: str
    invited_visit_id: str
    def __init__(self, delivery_id: _Optional[str] = ..., user_id: _Optional[str] = ..., account_message_id: _Optional[str] = ..., invited_visit_id: _Optional[str] = ...) -> None: ...

class DigestJob(_message.Message):
    __slots__ = ("user_id",)
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    def __init__(self, user_id: _Optional[str] = ...) -> None: ...
