import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ShowingConfirmation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHOWING_CONFIRMATION_UNSPECIFIED: _ClassVar[ShowingConfirmation]
    SHOWING_CONFIRMATION_AUTO: _ClassVar[ShowingConfirmation]
    SHOWING_CONFIRMATION_ANY_CONTACT: _ClassVar[ShowingConfirmation]
    SHOWING_CONFIRMATION_ALL_CONTACTS: _ClassVar[ShowingConfirmation]
    SHOWING_CONFIRMATION_INSTRUCTIONS_ONLY: _ClassVar[ShowingConfirmation]

class ShowingContactType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHOWING_CONTACT_TYPE_UNSPECIFIED: _ClassVar[ShowingContactType]
    SHOWING_CONTACT_TYPE_AGENT: _ClassVar[ShowingContactType]
    SHOWING_CONTACT_TYPE_OCCUPANT: _ClassVar[ShowingContactType]
    SHOWING_CONTACT_TYPE_OWNER: _ClassVar[ShowingContactType]
    SHOWING_CONTACT_TYPE_PROPERTY_MANAGER: _ClassVar[ShowingContactType]
SHOWING_CONFIRMATION_UNSPECIFIED: ShowingConfirmation
SHOWING_CONFIRMATION_AUTO: ShowingConfirmation
SHOWING_CONFIRMATION_ANY_CONTACT: ShowingConfirmation
SHOWING_CONFIRMATION_ALL_CONTACTS: ShowingConfirmation
SHOWING_CONFIRMATION_INSTRUCTIONS_ONLY: ShowingConfirmation
SHOWING_CONTACT_TYPE_UNSPECIFIED: ShowingContactType
SHOWING_CONTACT_TYPE_AGENT: ShowingContactType
SHOWING_CONTACT_TYPE_OCCUPANT: ShowingContactType
SHOWING_CONTACT_TYPE_OWNER: ShowingContactType
SHOWING_CONTACT_TYPE_PROPERTY_MANAGER: ShowingContactType

class ShowingRules(_message.Message):
    __slots__ = ("listing_id", "etag", "confirmation", "contacts", "showing_instructions", "create_time", "update_time")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    SHOWING_INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    confirmation: ShowingConfirmation
    contacts: _containers.RepeatedCompositeFieldContainer[ShowingContact]
    showing_instructions: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ..., confirmation: _Optional[_Union[ShowingConfirmation, str]] = ..., contacts: _Optional[_Iterable[_Union[ShowingContact, _Mapping]]] = ..., showing_instructions: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ShowingContact(_message.Message):
    __slots__ = ("user_id", "showing_contact_type")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    SHOWING_CONTACT_TYPE_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    showing_contact_type: ShowingContactType
    def __init__(self, user_id: _Optional[str] = ..., showing_contact_type: _Optional[_Union[ShowingContactType, str]] = ...) -> None: ...
