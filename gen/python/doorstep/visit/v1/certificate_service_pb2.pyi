import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import certificate_pb2 as _certificate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetVisitCertificateRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class GetVisitCertificateResponse(_message.Message):
    __slots__ = ("certificate",)
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    certificate: _certificate_pb2.VisitCertificate
    def __init__(self, certificate: _Optional[_Union[_certificate_pb2.VisitCertificate, _Mapping]] = ...) -> None: ...

class VerifyCertificateRequest(_message.Message):
    __slots__ = ("certificate_id", "hash")
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    certificate_id: str
    hash: str
    def __init__(self, certificate_id: _Optional[str] = ..., hash: _Optional[str] = ...) -> None: ...

class VerifyCertificateResponse(_message.Message):
    __slots__ = ("valid", "problem", "complete_time", "code_used", "evidence_score", "overridden")
    VALID_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    CODE_USED_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_SCORE_FIELD_NUMBER: _ClassVar[int]
    OVERRIDDEN_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    problem: _certificate_pb2.CertificateProblem
    complete_time: _timestamp_pb2.Timestamp
    code_used: bool
    evidence_score: int
    overridden: bool
    def __init__(self, valid: _Optional[bool] = ..., problem: _Optional[_Union[_certificate_pb2.CertificateProblem, str]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., code_used: _Optional[bool] = ..., evidence_score: _Optional[int] = ..., overridden: _Optional[bool] = ...) -> None: ...

class VerifyCertificateChainRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VerifyCertificateChainResponse(_message.Message):
    __slots__ = ("intact", "verified_certificates", "first_broken_sequence", "problem", "head_hash")
    INTACT_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    FIRST_BROKEN_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    HEAD_HASH_FIELD_NUMBER: _ClassVar[int]
    intact: bool
    verified_certificates: int
    first_broken_sequence: int
    problem: _certificate_pb2.CertificateProblem
    head_hash: str
    def __init__(self, intact: _Optional[bool] = ..., verified_certificates: _Optional[int] = ..., first_broken_sequence: _Optional[int] = ..., problem: _Optional[_Union[_certificate_pb2.CertificateProblem, str]] = ..., head_hash: _Optional[str] = ...) -> None: ...

class GetCertificateKeysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCertificateKeysResponse(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[_certificate_pb2.CertificateKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[_certificate_pb2.CertificateKey, _Mapping]]] = ...) -> None: ...

class ResolveCertificateRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class ResolveCertificateResponse(_message.Message):
    __slots__ = ("valid", "problem", "certificate")
    VALID_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    valid: bool
    problem: _certificate_pb2.CertificateProblem
    certificate: _certificate_pb2.VisitCertificate
    def __init__(self, valid: _Optional[bool] = ..., problem: _Optional[_Union[_certificate_pb2.CertificateProblem, str]] = ..., certificate: _Optional[_Union[_certificate_pb2.VisitCertificate, _Mapping]] = ...) -> None: ...
