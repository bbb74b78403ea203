from buf.validate import validate_pb2 as _validate_pb2
from doorstep.deal.v1 import dispute_pb2 as _dispute_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenDisputeRequest(_message.Message):
    __slots__ = ("deal_id", "reason", "statement")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    reason: _dispute_pb2.DisputeReason
    statement: str
    def __init__(self, deal_id: _Optional[str] = ..., reason: _Optional[_Union[_dispute_pb2.DisputeReason, str]] = ..., statement: _Optional[str] = ...) -> None: ...

class OpenDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: _dispute_pb2.Dispute
    def __init__(self, dispute: _Optional[_Union[_dispute_pb2.Dispute, _Mapping]] = ...) -> None: ...

class GetDisputeRequest(_message.Message):
    __slots__ = ("dispute_id",)
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    def __init__(self, dispute_id: _Optional[str] = ...) -> None: ...

class GetDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: _dispute_pb2.Dispute
    def __init__(self, dispute: _Optional[_Union[_dispute_pb2.Dispute, _Mapping]] = ...) -> None: ...

class ListDisputesRequest(_message.Message):
    __slots__ = ("deal_id", "states", "page_size", "page_token")
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deal_id: str
    states: _containers.RepeatedScalarFieldContainer[_dispute_pb2.DisputeState]
    page_size: int
    page_token: str
    def __init__(self, deal_id: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_dispute_pb2.DisputeState, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDisputesResponse(_message.Message):
    __slots__ = ("disputes", "next_page_token")
    DISPUTES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    disputes: _containers.RepeatedCompositeFieldContainer[_dispute_pb2.Dispute]
    next_page_token: str
    def __init__(self, disputes: _Optional[_Iterable[_Union[_dispute_pb2.Dispute, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RespondToDisputeRequest(_message.Message):
    __slots__ = ("dispute_id", "response", "etag")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    response: str
    etag: str
    def __init__(self, dispute_id: _Optional[str] = ..., response: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class RespondToDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: _dispute_pb2.Dispute
    def __init__(self, dispute: _Optional[_Union[_dispute_pb2.Dispute, _Mapping]] = ...) -> None: ...

class AddDisputeEvidenceRequest(_message.Message):
    __slots__ = ("dispute_id", "description", "document_id", "uri", "visit_id", "sha256")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    DOCUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    description: str
    document_id: str
    uri: str
    visit_id: str
    sha256: str
    def __init__(self, dispute_id: _Optional[str] = ..., description: _Optional[str] = ..., document_id: _Optional[str] = ..., uri: _Optional[str] = ..., visit_id: _Optional[str] = ..., sha256: _Optional[str] = ...) -> None: ...

class AddDisputeEvidenceResponse(_message.Message):
    __slots__ = ("evidence",)
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    evidence: _dispute_pb2.DisputeEvidence
    def __init__(self, evidence: _Optional[_Union[_dispute_pb2.DisputeEvidence, _Mapping]] = ...) -> None: ...

class ListDisputeEvidenceRequest(_message.Message):
    __slots__ = ("dispute_id", "page_size", "page_token")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    page_size: int
    page_token: str
    def __init__(self, dispute_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDisputeEvidenceResponse(_message.Message):
    __slots__ = ("evidence", "next_page_token")
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    evidence: _containers.RepeatedCompositeFieldContainer[_dispute_pb2.DisputeEvidence]
    next_page_token: str
    def __init__(self, evidence: _Optional[_Iterable[_Union[_dispute_pb2.DisputeEvidence, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadDisputeEvidenceRequest(_message.Message):
    __slots__ = ("dispute_id", "evidence_id")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_ID_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    evidence_id: str
    def __init__(self, dispute_id: _Optional[str] = ..., evidence_id: _Optional[str] = ...) -> None: ...

class DownloadDisputeEvidenceResponse(_message.Message):
    __slots__ = ("evidence", "content", "media_type")
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    evidence: _dispute_pb2.DisputeEvidence
    content: bytes
    media_type: str
    def __init__(self, evidence: _Optional[_Union[_dispute_pb2.DisputeEvidence, _Mapping]] = ..., content: _Optional[bytes] = ..., media_type: _Optional[str] = ...) -> None: ...

class WithdrawDisputeRequest(_message.Message):
    __slots__ = ("dispute_id", "etag")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    etag: str
    def __init__(self, dispute_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class WithdrawDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: _dispute_pb2.Dispute
    def __init__(self, dispute: _Optional[_Union[_dispute_pb2.Dispute, _Mapping]] = ...) -> None: ...

class ResolveDisputeRequest(_message.Message):
    __slots__ = ("dispute_id", "outcome", "shares", "resolution", "etag")
    DISPUTE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    RESOLUTION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    dispute_id: str
    outcome: _dispute_pb2.DisputeOutcome
    shares: SettlementShares
    resolution: str
    etag: str
    def __init__(self, dispute_id: _Optional[str] = ..., outcome: _Optional[_Union[_dispute_pb2.DisputeOutcome, str]] = ..., shares: _Optional[_Union[SettlementShares, _Mapping]] = ..., resolution: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class SettlementShares(_message.Message):
    __slots__ = ("refund_basis_points", "release_basis_points", "forfeit_basis_points")
    REFUND_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    RELEASE_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    FORFEIT_BASIS_POINTS_FIELD_NUMBER: _ClassVar[int]
    refund_basis_points: int
    release_basis_points: int
    forfeit_basis_points: int
    def __init__(self, refund_basis_points: _Optional[int] = ..., release_basis_points: _Optional[int] = ..., forfeit_basis_points: _Optional[int] = ...) -> None: ...

class ResolveDisputeResponse(_message.Message):
    __slots__ = ("dispute",)
    DISPUTE_FIELD_NUMBER: _ClassVar[int]
    dispute: _dispute_pb2.Dispute
    def __init__(self, dispute: _Optional[_Union[_dispute_pb2.Dispute, _Mapping]] = ...) -> None: ...
