"""What betterproto2 works out anew for every message although it is the same for all of a class, remembered.

Otherwise four fifths of the time that a configuration takes go there: ten seconds for two hundred RPCs, at every start
of a gateway. Importing this module is enough. It does what the library does, so a release that remembers by itself
makes it superfluous and no more.
"""

import functools
from typing import Any

import betterproto2
from pydantic_core import SchemaValidator

_Message: Any = betterproto2.Message


@functools.cache
def _validator(kind: Any) -> SchemaValidator:
    return SchemaValidator(kind.__pydantic_core_schema__)


def _validate(self: Any) -> None:
    """As `Message._validate`: the fields of one message against its class, not those of messages within it."""
    if not self._is_pydantic():
        raise TypeError("Validation is only available for pydantic dataclasses.")
    kind: Any = type(self)
    _validator(kind).validate_python({k: v for k, v in self.__dict__.items() if k != "_unknown_fields"})


_Message._validate = _validate
_type_hints: Any = functools.cache(_Message._type_hints.__func__)
_Message._type_hints = classmethod(_type_hints)
