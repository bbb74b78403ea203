from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import tour_pb2 as _tour_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlanTourRequest(_message.Message):
    __slots__ = ("draft",)
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    draft: _tour_pb2.TourDraft
    def __init__(self, draft: _Optional[_Union[_tour_pb2.TourDraft, _Mapping]] = ...) -> None: ...

class PlanTourResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: _tour_pb2.TourPlan
    def __init__(self, plan: _Optional[_Union[_tour_pb2.TourPlan, _Mapping]] = ...) -> None: ...

class CreateTourRequest(_message.Message):
    __slots__ = ("draft",)
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    draft: _tour_pb2.TourDraft
    def __init__(self, draft: _Optional[_Union[_tour_pb2.TourDraft, _Mapping]] = ...) -> None: ...

class CreateTourResponse(_message.Message):
    __slots__ = ("tour",)
    TOUR_FIELD_NUMBER: _ClassVar[int]
    tour: _tour_pb2.Tour
    def __init__(self, tour: _Optional[_Union[_tour_pb2.Tour, _Mapping]] = ...) -> None: ...

class GetTourRequest(_message.Message):
    __slots__ = ("tour_id",)
    TOUR_ID_FIELD_NUMBER: _ClassVar[int]
    tour_id: str
    def __init__(self, tour_id: _Optional[str] = ...) -> None: ...

class GetTourResponse(_message.Message):
    __slots__ = ("tour",)
    TOUR_FIELD_NUMBER: _ClassVar[int]
    tour: _tour_pb2.Tour
    def __init__(self, tour: _Optional[_Union[_tour_pb2.Tour, _Mapping]] = ...) -> None: ...

class ListToursRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListToursResponse(_message.Message):
    __slots__ = ("tours", "next_page_token")
    TOURS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tours: _containers.RepeatedCompositeFieldContainer[_tour_pb2.Tour]
    next_page_token: str
    def __init__(self, tours: _Optional[_Iterable[_Union[_tour_pb2.Tour, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplaceTourRequest(_message.Message):
    __slots__ = ("tour_id", "etag", "draft")
    TOUR_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    tour_id: str
    etag: str
    draft: _tour_pb2.TourDraft
    def __init__(self, tour_id: _Optional[str] = ..., etag: _Optional[str] = ..., draft: _Optional[_Union[_tour_pb2.TourDraft, _Mapping]] = ...) -> None: ...

class ReplaceTourResponse(_message.Message):
    __slots__ = ("tour",)
    TOUR_FIELD_NUMBER: _ClassVar[int]
    tour: _tour_pb2.Tour
    def __init__(self, tour: _Optional[_Union[_tour_pb2.Tour, _Mapping]] = ...) -> None: ...

class DeleteTourRequest(_message.Message):
    __slots__ = ("tour_id",)
    TOUR_ID_FIELD_NUMBER: _ClassVar[int]
    tour_id: str
    def __init__(self, tour_id: _Optional[str] = ...) -> None: ...

class DeleteTourResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
