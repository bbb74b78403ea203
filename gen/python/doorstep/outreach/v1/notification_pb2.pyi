import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotificationType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_TYPE_UNSPECIFIED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_REQUESTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_COUNTERED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_APPROVED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_REJECTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_RESCHEDULED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_CANCELLED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_EXPIRED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_REMINDER: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_STARTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_COMPLETED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_NO_SHOW: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_REVIEWED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VISIT_ALARM: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_MADE: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_COUNTERED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_ACCEPTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_REJECTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_WITHDRAWN: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_EXPIRED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_OFFER_LAPSED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DEAL_OPENED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DEAL_STAGE_MOVED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_TOKEN_HELD: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_TOKEN_RELEASED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_TOKEN_REFUNDED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_TOKEN_FORFEITED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DOCUMENT_VERIFIED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DOCUMENT_REJECTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DEAL_CLOSED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DEAL_CANCELLED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PAYOUT_RELEASED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DISPUTE_OPENED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DISPUTE_RESOLVED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNER_REQUEST_RECEIVED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNER_REQUEST_ACCEPTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNER_REQUEST_REJECTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNER_REQUEST_WITHDRAWN: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNERSHIP_ENDED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_REQUESTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_ACCEPTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_DECLINED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_ENDED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_MESSAGE_RECEIVED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PARTNER_REQUEST_EXPIRED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_WITHDRAWN: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ENGAGEMENT_EXPIRED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_VERIFY_EMAIL: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ACCOUNT_EXISTS: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PASSWORD_RESET: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_PASSWORD_CHANGED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_CONFIRM_EMAIL: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_EMAIL_CHANGE_REQUESTED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_EMAIL_CHANGED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_ACCOUNT_DELETED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_INVITATION: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_SIGN_IN_LOCKED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_SESSION_REUSED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DISPUTE_ANSWERED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DISPUTE_EVIDENCE_ADDED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DISPUTE_WITHDRAWN: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_DIGEST: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_TOKEN_REFUND_RETURNED: _ClassVar[NotificationType]

class NotificationCadence(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_CADENCE_UNSPECIFIED: _ClassVar[NotificationCadence]
    NOTIFICATION_CADENCE_AT_ONCE: _ClassVar[NotificationCadence]
    NOTIFICATION_CADENCE_DAILY: _ClassVar[NotificationCadence]

class NotificationChannel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_CHANNEL_UNSPECIFIED: _ClassVar[NotificationChannel]
    NOTIFICATION_CHANNEL_IN_APP: _ClassVar[NotificationChannel]
    NOTIFICATION_CHANNEL_EMAIL: _ClassVar[NotificationChannel]
    NOTIFICATION_CHANNEL_SMS: _ClassVar[NotificationChannel]

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_QUEUED: _ClassVar[DeliveryState]
    DELIVERY_STATE_SENDING: _ClassVar[DeliveryState]
    DELIVERY_STATE_SENT: _ClassVar[DeliveryState]
    DELIVERY_STATE_SUPPRESSED: _ClassVar[DeliveryState]
    DELIVERY_STATE_FAILED: _ClassVar[DeliveryState]
    DELIVERY_STATE_UNKNOWN: _ClassVar[DeliveryState]

class Suppression(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUPPRESSION_UNSPECIFIED: _ClassVar[Suppression]
    SUPPRESSION_PREFERENCE: _ClassVar[Suppression]
    SUPPRESSION_NO_ADDRESS: _ClassVar[Suppression]
    SUPPRESSION_NO_PROVIDER: _ClassVar[Suppression]

class AttemptOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTEMPT_OUTCOME_UNSPECIFIED: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_SENT: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_DEFERRED: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_REFUSED: _ClassVar[AttemptOutcome]
    ATTEMPT_OUTCOME_UNKNOWN: _ClassVar[AttemptOutcome]
NOTIFICATION_TYPE_UNSPECIFIED: NotificationType
NOTIFICATION_TYPE_VISIT_REQUESTED: NotificationType
NOTIFICATION_TYPE_VISIT_COUNTERED: NotificationType
NOTIFICATION_TYPE_VISIT_APPROVED: NotificationType
NOTIFICATION_TYPE_VISIT_REJECTED: NotificationType
NOTIFICATION_TYPE_VISIT_RESCHEDULED: NotificationType
NOTIFICATION_TYPE_VISIT_CANCELLED: NotificationType
NOTIFICATION_TYPE_VISIT_EXPIRED: NotificationType
NOTIFICATION_TYPE_VISIT_REMINDER: NotificationType
NOTIFICATION_TYPE_VISIT_STARTED: NotificationType
NOTIFICATION_TYPE_VISIT_COMPLETED: NotificationType
NOTIFICATION_TYPE_VISIT_NO_SHOW: NotificationType
NOTIFICATION_TYPE_VISIT_REVIEWED: NotificationType
NOTIFICATION_TYPE_VISIT_ALARM: NotificationType
NOTIFICATION_TYPE_OFFER_MADE: NotificationType
NOTIFICATION_TYPE_OFFER_COUNTERED: NotificationType
NOTIFICATION_TYPE_OFFER_ACCEPTED: NotificationType
NOTIFICATION_TYPE_OFFER_REJECTED: NotificationType
NOTIFICATION_TYPE_OFFER_WITHDRAWN: NotificationType
NOTIFICATION_TYPE_OFFER_EXPIRED: NotificationType
NOTIFICATION_TYPE_OFFER_LAPSED: NotificationType
NOTIFICATION_TYPE_DEAL_OPENED: NotificationType
NOTIFICATION_TYPE_DEAL_STAGE_MOVED: NotificationType
NOTIFICATION_TYPE_TOKEN_HELD: NotificationType
NOTIFICATION_TYPE_TOKEN_RELEASED: NotificationType
NOTIFICATION_TYPE_TOKEN_REFUNDED: NotificationType
NOTIFICATION_TYPE_TOKEN_FORFEITED: NotificationType
NOTIFICATION_TYPE_DOCUMENT_VERIFIED: NotificationType
NOTIFICATION_TYPE_DOCUMENT_REJECTED: NotificationType
NOTIFICATION_TYPE_DEAL_CLOSED: NotificationType
NOTIFICATION_TYPE_DEAL_CANCELLED: NotificationType
NOTIFICATION_TYPE_PAYOUT_RELEASED: NotificationType
NOTIFICATION_TYPE_DISPUTE_OPENED: NotificationType
NOTIFICATION_TYPE_DISPUTE_RESOLVED: NotificationType
NOTIFICATION_TYPE_PARTNER_REQUEST_RECEIVED: NotificationType
NOTIFICATION_TYPE_PARTNER_REQUEST_ACCEPTED: NotificationType
NOTIFICATION_TYPE_PARTNER_REQUEST_REJECTED: NotificationType
NOTIFICATION_TYPE_PARTNER_REQUEST_WITHDRAWN: NotificationType
NOTIFICATION_TYPE_PARTNERSHIP_ENDED: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_REQUESTED: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_ACCEPTED: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_DECLINED: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_ENDED: NotificationType
NOTIFICATION_TYPE_MESSAGE_RECEIVED: NotificationType
NOTIFICATION_TYPE_PARTNER_REQUEST_EXPIRED: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_WITHDRAWN: NotificationType
NOTIFICATION_TYPE_ENGAGEMENT_EXPIRED: NotificationType
NOTIFICATION_TYPE_VERIFY_EMAIL: NotificationType
NOTIFICATION_TYPE_ACCOUNT_EXISTS: NotificationType
NOTIFICATION_TYPE_PASSWORD_RESET: NotificationType
NOTIFICATION_TYPE_PASSWORD_CHANGED: NotificationType
NOTIFICATION_TYPE_CONFIRM_EMAIL: NotificationType
NOTIFICATION_TYPE_EMAIL_CHANGE_REQUESTED: NotificationType
NOTIFICATION_TYPE_EMAIL_CHANGED: NotificationType
NOTIFICATION_TYPE_ACCOUNT_DELETED: NotificationType
NOTIFICATION_TYPE_INVITATION: NotificationType
NOTIFICATION_TYPE_SIGN_IN_LOCKED: NotificationType
NOTIFICATION_TYPE_SESSION_REUSED: NotificationType
NOTIFICATION_TYPE_DISPUTE_ANSWERED: NotificationType
NOTIFICATION_TYPE_DISPUTE_EVIDENCE_ADDED: NotificationType
NOTIFICATION_TYPE_DISPUTE_WITHDRAWN: NotificationType
NOTIFICATION_TYPE_DIGEST: NotificationType
NOTIFICATION_TYPE_TOKEN_REFUND_RETURNED: NotificationType
NOTIFICATION_CADENCE_UNSPECIFIED: NotificationCadence
NOTIFICATION_CADENCE_AT_ONCE: NotificationCadence
NOTIFICATION_CADENCE_DAILY: NotificationCadence
NOTIFICATION_CHANNEL_UNSPECIFIED: NotificationChannel
NOTIFICATION_CHANNEL_IN_APP: NotificationChannel
NOTIFICATION_CHANNEL_EMAIL: NotificationChannel
NOTIFICATION_CHANNEL_SMS: NotificationChannel
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_QUEUED: DeliveryState
DELIVERY_STATE_SENDING: DeliveryState
DELIVERY_STATE_SENT: DeliveryState
DELIVERY_STATE_SUPPRESSED: DeliveryState
DELIVERY_STATE_FAILED: DeliveryState
DELIVERY_STATE_UNKNOWN: DeliveryState
SUPPRESSION_UNSPECIFIED: Suppression
SUPPRESSION_PREFERENCE: Suppression
SUPPRESSION_NO_ADDRESS: Suppression
SUPPRESSION_NO_PROVIDER: Suppression
ATTEMPT_OUTCOME_UNSPECIFIED: AttemptOutcome
ATTEMPT_OUTCOME_SENT: AttemptOutcome
ATTEMPT_OUTCOME_DEFERRED: AttemptOutcome
ATTEMPT_OUTCOME_REFUSED: AttemptOutcome
ATTEMPT_OUTCOME_UNKNOWN: AttemptOutcome

class Notification(_message.Message):
    __slots__ = ("notification_id", "type", "title", "text", "language_code", "resource_type", "resource_id", "sequence", "event_count", "create_time", "update_time", "read_time", "etag")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    type: NotificationType
    title: str
    text: str
    language_code: str
    resource_type: str
    resource_id: str
    sequence: int
    event_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    read_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, notification_id: _Optional[str] = ..., type: _Optional[_Union[NotificationType, str]] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., language_code: _Optional[str] = ..., resource_type: _Optional[str] = ..., resource_id: _Optional[str] = ..., sequence: _Optional[int] = ..., event_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "notification_id", "channel", "state", "suppression", "create_time", "sent_time", "attempts")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SENT_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    notification_id: str
    channel: NotificationChannel
    state: DeliveryState
    suppression: Suppression
    create_time: _timestamp_pb2.Timestamp
    sent_time: _timestamp_pb2.Timestamp
    attempts: _containers.RepeatedCompositeFieldContainer[DeliveryAttempt]
    def __init__(self, delivery_id: _Optional[str] = ..., notification_id: _Optional[str] = ..., channel: _Optional[_Union[NotificationChannel, str]] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., suppression: _Optional[_Union[Suppression, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sent_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[DeliveryAttempt, _Mapping]]] = ...) -> None: ...

class DeliveryAttempt(_message.Message):
    __slots__ = ("number", "provider", "outcome", "detail", "start_time", "end_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    provider: str
    outcome: AttemptOutcome
    detail: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., provider: _Optional[str] = ..., outcome: _Optional[_Union[AttemptOutcome, str]] = ..., detail: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
