from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import showing_rules_pb2 as _showing_rules_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetShowingRulesRequest(_message.Message):
    __slots__ = ("listing_id",)
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    def __init__(self, listing_id: _Optional[str] = ...) -> None: ...

class GetShowingRulesResponse(_message.Message):
    __slots__ = ("showing_rules",)
    SHOWING_RULES_FIELD_NUMBER: _ClassVar[int]
    showing_rules: _showing_rules_pb2.ShowingRules
    def __init__(self, showing_rules: _Optional[_Union[_showing_rules_pb2.ShowingRules, _Mapping]] = ...) -> None: ...

class ReplaceShowingRulesRequest(_message.Message):
    __slots__ = ("showing_rules",)
    SHOWING_RULES_FIELD_NUMBER: _ClassVar[int]
    showing_rules: _showing_rules_pb2.ShowingRules
    def __init__(self, showing_rules: _Optional[_Union[_showing_rules_pb2.ShowingRules, _Mapping]] = ...) -> None: ...

class ReplaceShowingRulesResponse(_message.Message):
    __slots__ = ("showing_rules",)
    SHOWING_RULES_FIELD_NUMBER: _ClassVar[int]
    showing_rules: _showing_rules_pb2.ShowingRules
    def __init__(self, showing_rules: _Optional[_Union[_showing_rules_pb2.ShowingRules, _Mapping]] = ...) -> None: ...
