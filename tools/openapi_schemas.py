"""JSON Schemas of protobuf messages and enums as proto3 JSON prints them, with comments and buf.validate rules."""

import contextlib
import json
import re
from typing import Any, NamedTuple

from buf.validate import validate_pb2
from google.api import field_behavior_pb2
from google.protobuf import descriptor_pb2 as pb

Json = dict[str, Any]
FIELD = pb.FieldDescriptorProto
LIMIT_64 = r"^-?[0-9]{1,19}$"


def integer(low: int, high: int, name: str) -> Json:
    return {"type": "integer", "format": name, "minimum": low, "maximum": high}


INT32, UINT32 = integer(-(2**31), 2**31 - 1, "int32"), integer(0, 2**32 - 1, "int64")
INT64 = {"type": "string", "format": "int64", "pattern": LIMIT_64}
UINT64 = {"type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$"}
FLOAT, DOUBLE = {"type": "number", "format": "float"}, {"type": "number", "format": "double"}
STRING: Json = {"type": "string"}
BYTES = {"type": "string", "contentEncoding": "base64"}
BOOLEAN = {"type": "boolean"}
SCALARS: dict[int, Json] = {
    FIELD.TYPE_DOUBLE: DOUBLE,
    FIELD.TYPE_FLOAT: FLOAT,
    **dict.fromkeys((FIELD.TYPE_INT32, FIELD.TYPE_SINT32, FIELD.TYPE_SFIXED32), INT32),
    **dict.fromkeys((FIELD.TYPE_UINT32, FIELD.TYPE_FIXED32), UINT32),
    **dict.fromkeys((FIELD.TYPE_INT64, FIELD.TYPE_SINT64, FIELD.TYPE_SFIXED64), INT64),
    **dict.fromkeys((FIELD.TYPE_UINT64, FIELD.TYPE_FIXED64), UINT64),
    FIELD.TYPE_BOOL: BOOLEAN,
    FIELD.TYPE_STRING: STRING,
    FIELD.TYPE_BYTES: BYTES,
}
# Messages that JSON writes as one value.
WELL_KNOWN: dict[str, Json] = {
    "Timestamp": {"type": "string", "format": "date-time"},
    "Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$"},
    "FieldMask": {"type": "string"},
    "StringValue": STRING,
    "BoolValue": BOOLEAN,
    "BytesValue": BYTES,
    "Int32Value": INT32,
    "UInt32Value": UINT32,
    "Int64Value": INT64,
    "UInt64Value": UINT64,
    "DoubleValue": DOUBLE,
    "FloatValue": FLOAT,
}
WELL_KNOWN_OBJECTS: dict[str, Json] = {
    "Struct": {"type": "object"},
    "Value": {},
    "ListValue": {"type": "array"},
    "Empty": {"type": "object"},
    "Any": {"type": "object", "properties": {"@type": {"type": "string"}}, "required": ["@type"]},
}
STRING_FORMATS = ("uuid", "email", "uri", "hostname", "ipv4", "ipv6")
BOUNDS = {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
NUMBERS = ("int32", "uint32", "sint32", "fixed32", "sfixed32", "float", "double")
LONG_NUMBERS = ("int64", "uint64", "sint64", "fixed64", "sfixed64")
EXAMPLE = re.compile(r"(?:^|\n)Example: *(.+?)(?=\n\s*\n|\nExample:|\Z)", re.DOTALL)


class Text(NamedTuple):
    """A comment, in the parts that OpenAPI has places for."""

    whole: str
    summary: str
    rest: str
    examples: list[Any]


def read_comment(comment: str) -> Text:
    text = "\n".join(line.removeprefix(" ").rstrip() for line in comment.strip("\n").split("\n")).strip()
    examples = []
    for found in EXAMPLE.findall(text):
        # A multi-line comment may wrap an example; one that is no JSON is prose and stays in the text.
        with contextlib.suppress(ValueError):
            examples.append(json.loads(found))
    if examples:
        text = EXAMPLE.sub("", text).strip()
    first, _, rest = text.partition("\n\n")
    sentence = re.match(r"(.+?\.)(?=\s|$)", " ".join(first.split()))
    summary = sentence[1] if sentence else " ".join(first.split())
    remaining = text if rest or len(summary) < len(" ".join(first.split())) else ""
    return Text(text, summary.rstrip("."), remaining, examples)


class Schemas:
    """The messages and enums of an image, and the schemas of those that were asked for."""

    def __init__(self, image: pb.FileDescriptorSet) -> None:
        self.messages: dict[str, pb.DescriptorProto] = {}
        self.enums: dict[str, pb.EnumDescriptorProto] = {}
        self.all: dict[str, Json] = {}
        self._comments: dict[str, str] = {}
        self._maps: set[str] = set()
        for file in image.file:
            self._read(file)

    def _read(self, file: pb.FileDescriptorProto) -> None:
        comments = {
            tuple(place.path): place.leading_comments or place.trailing_comments
            for place in file.source_code_info.location
        }
        for i, message in enumerate(file.message_type):
            self._read_message("." + file.package, message, (4, i), comments)
        for i, enum in enumerate(file.enum_type):
            self._read_enum("." + file.package, enum, (5, i), comments)
        for i, service in enumerate(file.service):
            self._comments[f"{file.package}.{service.name}"] = comments.get((6, i), "")
            for j, method in enumerate(service.method):
                self._comments[f"{file.package}.{service.name}.{method.name}"] = comments.get((6, i, 2, j), "")

    def _read_message(
        self, scope: str, message: pb.DescriptorProto, path: tuple[int, ...], comments: dict[tuple[int, ...], str]
    ) -> None:
        name = f"{scope}.{message.name}"
        self.messages[name] = message
        self._comments[name] = comments.get(path, "")
        if message.options.map_entry:
            self._maps.add(name)
        for i, field in enumerate(message.field):
            self._comments[f"{name}.{field.name}"] = comments.get((*path, 2, i), "")
        for i, nested in enumerate(message.nested_type):
            self._read_message(name, nested, (*path, 3, i), comments)
        for i, enum in enumerate(message.enum_type):
            self._read_enum(name, enum, (*path, 4, i), comments)

    def _read_enum(
        self, scope: str, enum: pb.EnumDescriptorProto, path: tuple[int, ...], comments: dict[tuple[int, ...], str]
    ) -> None:
        name = f"{scope}.{enum.name}"
        self.enums[name] = enum
        self._comments[name] = comments.get(path, "")
        for i, value in enumerate(enum.value):
            self._comments[f"{name}.{value.name}"] = comments.get((*path, 2, i), "")

    def text(self, name: str) -> Text:
        """The comment of a service, RPC, message, field, enum or value."""
        return read_comment(self._comments.get(name, ""))

    # --- schemas ------------------------------------------------------------------------------------------------

    def is_scalar_message(self, name: str) -> bool:
        """True for messages that JSON writes as one value, so that a query can hold them."""
        return name.startswith(".google.protobuf.") and name.rsplit(".", 1)[1] in WELL_KNOWN

    def reference(self, name: str) -> Json:
        """A reference to a message's or enum's schema, which is made when first asked for."""
        short = name.rsplit(".", 1)[1]
        if name.startswith(".google.protobuf."):
            known = WELL_KNOWN.get(short) or WELL_KNOWN_OBJECTS.get(short)
            if known is not None:
                return dict(known)
        key = name.lstrip(".")
        if key not in self.all:
            self.all[key] = {}
            self.all[key] = self._enum(name) if name in self.enums else self._message(name)
        return {"$ref": f"#/components/schemas/{key}"}

    def without(self, name: str, taken: set[str]) -> Json:
        """The schema of a request body: the message less the fields that stand in the path."""
        if not taken:
            return self.reference(name)
        return self._message(name, taken)

    def _enum(self, name: str) -> Json:
        lines = [self.text(name).whole, ""]
        lines += [f"- `{v.name}`: {self.text(f'{name}.{v.name}').whole}" for v in self.enums[name].value]
        return {"type": "string", "enum": [v.name for v in self.enums[name].value], "description": "\n".join(lines)}

    def _message(self, name: str, taken: set[str] | None = None) -> Json:
        message = self.messages[name]
        fields = [f for f in message.field if f.name not in (taken or set())]
        schema: Json = {"type": "object", "properties": {f.json_name: self.field(name, f) for f in fields}}
        if needed := [f.json_name for f in fields if self.required(f)]:
            schema["required"] = needed
        text = self.text(name)
        notes = [text.whole] if text.whole else []
        for i, group in enumerate(message.oneof_decl):
            members = [f.json_name for f in fields if f.HasField("oneof_index") and f.oneof_index == i]
            if len(members) > 1:
                notes.append("At most one of " + ", ".join(f"`{m}`" for m in members) + f" ({group.name}).")
        if notes:
            schema["description"] = "\n\n".join(notes)
        if text.examples:
            schema["examples"] = text.examples
        return schema

    def field(self, owner: str, field: pb.FieldDescriptorProto) -> Json:
        """The schema of one field, with its rules, comment and examples."""
        if field.type_name in self._maps:
            value = self.messages[field.type_name].field[1]
            schema: Json = {"type": "object", "additionalProperties": self._single(value)}
        elif field.label == FIELD.LABEL_REPEATED:
            schema = {"type": "array", "items": self._single(field)}
        else:
            schema = self._single(field)
        rules = field_rules(field)
        if rules is not None:
            schema = apply_rules(schema, rules)
            notes = [rule.message for rule in rules.cel if rule.message]
        else:
            notes = []
        behaviour = field.options.Extensions[field_behavior_pb2.field_behavior]
        if field_behavior_pb2.OUTPUT_ONLY in behaviour:
            schema["readOnly"] = True
        if field_behavior_pb2.INPUT_ONLY in behaviour:
            schema["writeOnly"] = True
        if field.options.deprecated:
            schema["deprecated"] = True
        text = self.text(f"{owner}.{field.name}")
        if description := " ".join([text.whole, *notes]).strip():
            schema["description"] = description
        if text.examples:
            schema["examples"] = text.examples
        return schema

    def _single(self, field: pb.FieldDescriptorProto) -> Json:
        if field.type in (FIELD.TYPE_MESSAGE, FIELD.TYPE_ENUM):
            return self.reference(field.type_name)
        return dict(SCALARS[field.type])

    def is_map(self, field: pb.FieldDescriptorProto) -> bool:
        return field.type_name in self._maps

    @staticmethod
    def output_only(field: pb.FieldDescriptorProto) -> bool:
        return field_behavior_pb2.OUTPUT_ONLY in field.options.Extensions[field_behavior_pb2.field_behavior]

    @staticmethod
    def required(field: pb.FieldDescriptorProto) -> bool:
        """True where leaving the field out is refused: it says so, or its rules refuse the zero value."""
        if field_behavior_pb2.REQUIRED in field.options.Extensions[field_behavior_pb2.field_behavior]:
            return True
        rules = field_rules(field)
        if rules is None or rules.ignore:
            return False
        if rules.required:
            return True
        if field.proto3_optional or field.HasField("oneof_index") or field.type == FIELD.TYPE_MESSAGE:
            return rules.repeated.min_items > 0 or rules.map.min_pairs > 0
        return refuses_zero(rules)

    def lookup(self, message: str, dotted: str) -> tuple[str, pb.FieldDescriptorProto]:
        """The field behind a dotted name, and the message that holds it."""
        owner = ""
        field = pb.FieldDescriptorProto()
        for part in dotted.split("."):
            owner, field = message, next(f for f in self.messages[message].field if f.name == part)
            message = field.type_name
        return owner, field


def field_rules(field: pb.FieldDescriptorProto) -> validate_pb2.FieldRules | None:
    if not field.options.HasExtension(validate_pb2.field):
        return None
    rules: validate_pb2.FieldRules = field.options.Extensions[validate_pb2.field]
    return None if rules.ignore == validate_pb2.IGNORE_ALWAYS else rules


def refuses_zero(rules: validate_pb2.FieldRules) -> bool:
    kind = rules.WhichOneof("type")
    if kind is None:
        return False
    typed: Any = getattr(rules, kind)
    if kind == "string":
        return bool(typed.min_len or typed.len or typed.min_bytes or any(has(typed, name) for name in STRING_FORMATS))
    if kind in (*NUMBERS, *LONG_NUMBERS):
        return (has(typed, "gt") and typed.gt >= 0) or (has(typed, "gte") and typed.gte > 0)
    if kind == "enum":
        return 0 in typed.not_in
    if kind == "repeated":
        return bool(typed.min_items)
    return kind == "bytes" and bool(typed.min_len or typed.len)


def has(rules: Any, name: str) -> bool:
    return name in rules.DESCRIPTOR.fields_by_name and rules.HasField(name)


def apply_rules(schema: Json, rules: validate_pb2.FieldRules) -> Json:
    """Add what JSON Schema can say of a field's rules."""
    kind = rules.WhichOneof("type")
    if kind is None:
        return schema
    typed: Any = getattr(rules, kind)
    ruled = dict(schema)
    if kind == "string":
        string_rules(ruled, typed)
    elif kind in (*NUMBERS, *LONG_NUMBERS):
        number_rules(ruled, typed, kind)
    elif kind in ("repeated", "map"):
        collection_rules(ruled, typed, kind)
    elif kind == "bytes" and has(typed, "max_len"):
        # Lengths are those of the value; base64 is a third longer.
        ruled["maxLength"] = (typed.max_len + 2) // 3 * 4
    if "example" in typed.DESCRIPTOR.fields_by_name and typed.example and kind in ("string", *NUMBERS):
        ruled["examples"] = list(typed.example)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE and ruled != schema and kind in ("string", *NUMBERS):
        return {"anyOf": [{"const": "" if kind == "string" else 0}, ruled]}
    return ruled


def string_rules(schema: Json, rules: validate_pb2.StringRules) -> None:
    for name, word in (("min_len", "minLength"), ("max_len", "maxLength"), ("pattern", "pattern"), ("const", "const")):
        if has(rules, name):
            schema[word] = getattr(rules, name)
    if has(rules, "len"):
        schema["minLength"] = schema["maxLength"] = rules.len
    for name in STRING_FORMATS:
        if has(rules, name) and getattr(rules, name):
            schema["format"] = name
    if choices := list(getattr(rules, "in")):
        schema["enum"] = choices


def number_rules(schema: Json, rules: Any, kind: str) -> None:
    if kind in NUMBERS:
        schema.update({word: getattr(rules, name) for name, word in BOUNDS.items() if has(rules, name)})
    elif (has(rules, "gte") and rules.gte >= 0) or (has(rules, "gt") and rules.gt >= -1):
        # 64-bit integers are strings in JSON, so only their sign can be said.
        schema["pattern"] = "^[0-9]{1,20}$"


def collection_rules(schema: Json, rules: Any, kind: str) -> None:
    if kind == "repeated":
        words = (("min_items", "minItems"), ("max_items", "maxItems"), ("unique", "uniqueItems"))
    else:
        words = (("min_pairs", "minProperties"), ("max_pairs", "maxProperties"))
    for name, word in words:
        if has(rules, name):
            schema[word] = getattr(rules, name)
    if has(rules, "items"):
        schema["items"] = apply_rules(schema["items"], rules.items)
    if has(rules, "keys"):
        schema["propertyNames"] = apply_rules({"type": "string"}, rules.keys)
    if has(rules, "values"):
        schema["additionalProperties"] = apply_rules(schema["additionalProperties"], rules.values)
