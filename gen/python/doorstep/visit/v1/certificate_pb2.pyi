import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CertificateProblem(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CERTIFICATE_PROBLEM_UNSPECIFIED: _ClassVar[CertificateProblem]
    CERTIFICATE_PROBLEM_UNKNOWN: _ClassVar[CertificateProblem]
    CERTIFICATE_PROBLEM_ALTERED: _ClassVar[CertificateProblem]
    CERTIFICATE_PROBLEM_FORGED: _ClassVar[CertificateProblem]
    CERTIFICATE_PROBLEM_BROKEN_CHAIN: _ClassVar[CertificateProblem]
    CERTIFICATE_PROBLEM_VISIT_DIFFERS: _ClassVar[CertificateProblem]
CERTIFICATE_PROBLEM_UNSPECIFIED: CertificateProblem
CERTIFICATE_PROBLEM_UNKNOWN: CertificateProblem
CERTIFICATE_PROBLEM_ALTERED: CertificateProblem
CERTIFICATE_PROBLEM_FORGED: CertificateProblem
CERTIFICATE_PROBLEM_BROKEN_CHAIN: CertificateProblem
CERTIFICATE_PROBLEM_VISIT_DIFFERS: CertificateProblem

class VisitCertificate(_message.Message):
    __slots__ = ("certificate_id", "organization_id", "sequence", "visit_id", "listing_id", "property_id", "buyer_id", "agent_id", "recorder_id", "start_time", "end_time", "meet_time", "complete_time", "code_used", "overridden", "evidence_score", "needs_review", "content", "previous_hash", "hash", "signature", "key_id")
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    RECORDER_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    MEET_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    CODE_USED_FIELD_NUMBER: _ClassVar[int]
    OVERRIDDEN_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_SCORE_FIELD_NUMBER: _ClassVar[int]
    NEEDS_REVIEW_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    certificate_id: str
    organization_id: str
    sequence: int
    visit_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    recorder_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    meet_time: _timestamp_pb2.Timestamp
    complete_time: _timestamp_pb2.Timestamp
    code_used: bool
    overridden: bool
    evidence_score: int
    needs_review: bool
    content: str
    previous_hash: str
    hash: str
    signature: str
    key_id: str
    def __init__(self, certificate_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., sequence: _Optional[int] = ..., visit_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., recorder_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., meet_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., code_used: _Optional[bool] = ..., overridden: _Optional[bool] = ..., evidence_score: _Optional[int] = ..., needs_review: _Optional[bool] = ..., content: _Optional[str] = ..., previous_hash: _Optional[str] = ..., hash: _Optional[str] = ..., signature: _Optional[str] = ..., key_id: _Optional[str] = ...) -> None: ...

class CertificateKey(_message.Message):
    __slots__ = ("key_id", "public_key", "current")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CURRENT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    public_key: str
    current: bool
    def __init__(self, key_id: _Optional[str] = ..., public_key: _Optional[str] = ..., current: _Optional[bool] = ...) -> None: ...
