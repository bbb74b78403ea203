"""Examples of requests and answers, put together from the messages: comments, rules and types say what values are like.

In this order: an `Example:` of the comment; what the comment names ("for instance `Ana Costa`"); what the rules give as
one; a value that is usual for such a name or type and that the rules allow. Tests hold each example against its schema,
and each request against the rules of the proto.
"""

import re
from typing import Any

from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2 as pb
from openapi_schemas import FIELD, LONG_NUMBERS, NUMBERS, Json, Schemas, field_rules, has

DEPTH = 5
NAMED = re.compile(r"(?:for instance|such as|[Aa]lways) `([^`]+)`")
ID = "01934f2e-5c1a-7d3e-9b4a-2f6c8d0e1a3b"
MOMENT = "2026-11-21T09:30:00Z"
# Messages that JSON writes as one value, and those of google.type.
KNOWN: dict[str, Any] = {
    ".google.protobuf.Timestamp": MOMENT,
    ".google.protobuf.Duration": "3600s",
    ".google.protobuf.FieldMask": "",
    ".google.protobuf.Struct": {},
    ".google.protobuf.Value": "",
    ".google.protobuf.Empty": {},
    ".google.type.Money": {"currencyCode": "USD", "units": "450000"},
    ".google.type.LatLng": {"latitude": 47.61, "longitude": -122.33},
    ".google.type.Date": {"year": 2026, "month": 11, "day": 21},
    ".google.type.Interval": {"startTime": MOMENT, "endTime": "2026-11-21T10:30:00Z"},
}
# Usual values by the end of a field's name: the first that its rules allow is taken.
USUAL: dict[str, str] = {
    "new_email": "ana.costa@example.com",
    "email": "ana@example.com",
    "new_password": "rain on a tin roof",
    "password": "a walk by the lake",
    "token": "kT3pWq8ZxV1nR5sY7uB2cD4fG6hJ9kL0mN-oP_qRsTu",
    "checkpoint": "eyJhbGciOiJSUzI1NiJ9.eyJzZXF1ZW5jZSI6NDJ9.c2lnbmF0dXJl",
    "phone_number": "+12065550100",
    "currency_code": "USD",
    "language_code": "en-US",
    "time_zone": "America/Los_Angeles",
    "given_name": "Ana",
    "family_name": "Costa",
    "_uri": "https://example.com/ana.jpg",
    "role": "agent",
    "roles": "agent",
    "permission": "property.read",
    "permissions": "property.read",
    "names": "property.read",
    "unparsed_address": "1207 Lakeview Ave, Seattle, WA 98103",
    "unit_number": "4B",
    "city": "Seattle",
    "county_or_parish": "King",
    "state_or_province": "WA",
    "postal_code": "98103",
    "country": "US",
    "parcel_number": "7129300520",
    "listing_number": "NW-20261121-17",
    "originating_system_name": "Northwest",
    "property_sub_type": "SingleFamilyResidence",
    "public_remarks": "Light, quiet, and two steps from the lake.",
    "private_remarks": "The key is at the office.",
    "showing_instructions": "By appointment.",
    "description": "Shows homes at weekends",
    "query": "Seattle",
    "device_name": "Ana's laptop",
    "device_model": "Quest 3",
    "device_serial": "1WMHH8124X0123",
    "app_version": "1.4.0",
    "scene": "LakeHouse",
    "zone": "Kitchen",
    "object": "kitchen_island",
    "file_name": "listings.csv",
    "mapping": "king_county",
    "reason": "too far from the school",
    "etag": "3",
    "view": "Lake",
    "issuer": "https://api.example.com",
    "address": "192.0.2.1",
    "_endpoint": "https://api.example.com/api/v1/auth/login",
    "_supported": "RS256",
    "major_change_type": "PriceChange",
    "user.display_name": "Ana Costa",
    "member.display_name": "Ana Costa",
    "team.display_name": "Green Lake",
    "organization.display_name": "Lakeside Homes",
    "key.display_name": "Nightly export",
    "_id": ID,
}
LAST_RESORT = ("Lakeside", "lakeside")
"""For what must be there."""
UNSET = re.compile(r"\bunset (?:while|when|until|where|before)\b")
"""What an ordinary answer does not have."""
NUMBERS_USUAL: dict[str, float] = {
    "latitude": 47.61,
    "longitude": -122.33,
    "duration_us": 250_000,
    "uptime_us": 60_000_000,
    "_us": 1_795_253_400_000_000,
    "list_price": 450_000,
    "living_area": 1800,
    "year_built": 1994,
    "_w": 1,
    "": 3,
}
FORMATS = {
    "uuid": ID,
    "email": "ana@example.com",
    "uri": "https://example.com/ana.jpg",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
# Left out of requests: what refines a call, and what the example of another page would be.
REFINEMENTS = {"page_size", "page_token", "etag", "update_mask", "validate_only", "request_id", "allow_missing"}


class Examples:
    """Makes examples of the messages of an image."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def request(self, message: str, taken: set[str]) -> Any:
        """What a caller might send; fields in `taken` stand in the path."""
        return self._message(message, taken, asking=True, depth=0)

    def answer(self, message: str) -> Any:
        """What a caller might get."""
        return self._message(message, set(), asking=False, depth=0)

    def value(self, owner: str, field: pb.FieldDescriptorProto, *, asking: bool) -> Any:
        """What might stand in one field."""
        return self._field(owner, field, asking=asking, depth=0)

    def _message(self, name: str, taken: set[str], *, asking: bool, depth: int) -> Any:
        if name in KNOWN:
            return KNOWN[name]
        if not taken and (given := self._schemas.text(name).examples):
            return given[0]
        message = self._schemas.messages[name]
        chosen: set[int] = set()
        made: Json = {}
        for field in message.field:
            if field.name in taken or field.options.deprecated:
                continue
            if asking and (field.name in REFINEMENTS or not self._asked(field)):
                continue
            if field.HasField("oneof_index") and not field.proto3_optional:
                if field.oneof_index in chosen:
                    continue
                chosen.add(field.oneof_index)
            value = self._field(f"{name}", field, asking=asking, depth=depth)
            if value is not None:
                made[field.json_name] = value
        return made

    def _asked(self, field: pb.FieldDescriptorProto) -> bool:
        """Whether a request is easier to understand with the field than without."""
        if self._schemas.required(field):
            return True
        rules = field_rules(field)
        optional = rules is not None and rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE
        return not (optional or self._schemas.output_only(field) or field.type == FIELD.TYPE_BOOL)

    def _field(self, owner: str, field: pb.FieldDescriptorProto, *, asking: bool, depth: int) -> Any:
        if given := self._schemas.text(f"{owner}.{field.name}").examples:
            return given[0]
        rules = field_rules(field)
        if self._schemas.is_map(field):
            return {}
        if not asking and UNSET.search(self._schemas.text(f"{owner}.{field.name}").whole):
            return None
        if field.label == FIELD.LABEL_REPEATED:
            items = rules.repeated.items if rules is not None and has(rules.repeated, "items") else None
            value = self._one(owner, field, items, asking=asking, depth=depth)
            return [] if value is None else [value]
        return self._one(owner, field, rules, asking=asking, depth=depth)

    def _one(
        self,
        owner: str,
        field: pb.FieldDescriptorProto,
        rules: validate_pb2.FieldRules | None,
        *,
        asking: bool,
        depth: int,
    ) -> Any:
        """One value; None where nothing sensible can be said."""
        if field.type == FIELD.TYPE_MESSAGE:
            if depth >= DEPTH or field.type_name == owner:
                return None
            return self._message(field.type_name, set(), asking=asking, depth=depth + 1)
        named = NAMED.findall(self._schemas.text(f"{owner}.{field.name}").whole)
        if field.type == FIELD.TYPE_ENUM:
            return self._choice(field.type_name, named, rules)
        if field.type == FIELD.TYPE_BOOL:
            return True
        if field.type == FIELD.TYPE_BYTES:
            return "bGFrZQ=="
        if field.type == FIELD.TYPE_STRING:
            return _text(_full_name(owner, field), named, rules, asking=asking)
        return _number(field, named, rules)

    def _choice(self, name: str, named: list[str], rules: validate_pb2.FieldRules | None) -> str:
        values = self._schemas.enums[name].value
        refused = set(rules.enum.not_in) if rules is not None else set()
        wanted = [v.name for v in values if any(v.name == n or v.name.endswith(f"_{n.upper()}") for n in named)]
        usual = [v.name for v in values if v.number and v.number not in refused]
        return str([*wanted, *usual, values[0].name][0])


def _full_name(owner: str, field: pb.FieldDescriptorProto) -> str:
    """`admin_user.display_name`: what `USUAL` compares with; the verbs of requests are dropped."""
    words = re.findall(r"[A-Z][a-z0-9]*", owner.rpartition(".")[2].removesuffix("Request"))
    return "_".join(word.lower() for word in words) + f".{field.name}"


def _text(name: str, named: list[str], rules: validate_pb2.FieldRules | None, *, asking: bool) -> str | None:
    ruled = rules.string if rules is not None else validate_pb2.StringRules()
    for form, value in FORMATS.items():
        if has(ruled, form) and getattr(ruled, form):
            return USUAL.get(name.rpartition(".")[2], value)
    given = [ruled.const] if has(ruled, "const") else [*ruled.example, *getattr(ruled, "in")]
    last = LAST_RESORT if asking and not _fits("", ruled) else ()
    for value in [*given, *named, *(value for end, value in USUAL.items() if name.endswith(end)), *last]:
        if _fits(value, ruled):
            return str(value)
    return None


def _fits(value: str, rules: validate_pb2.StringRules) -> bool:
    choices = list(getattr(rules, "in"))
    return (
        len(value) >= rules.min_len
        and (not has(rules, "max_len") or len(value) <= rules.max_len)
        and (not has(rules, "len") or len(value) == rules.len)
        and (not has(rules, "pattern") or re.search(rules.pattern, value) is not None)
        and (not choices or value in choices)
    )


def _number(field: pb.FieldDescriptorProto, named: list[str], rules: validate_pb2.FieldRules | None) -> Any:
    kind = rules.WhichOneof("type") if rules is not None else None
    ruled: Any = getattr(rules, kind) if kind in (*NUMBERS, *LONG_NUMBERS) else None
    whole = field.type not in (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE)
    value = next(value for end, value in NUMBERS_USUAL.items() if field.name.endswith(end))
    if ruled is not None:
        if ruled.example:
            value = ruled.example[0]
        elif has(ruled, "lte") and ruled.lte < value:
            value = ruled.lte
        elif has(ruled, "gte") and ruled.gte > value:
            value = ruled.gte
        elif has(ruled, "lt") and ruled.lt <= value:
            value = ruled.lt - 1
        elif has(ruled, "gt") and ruled.gt >= value:
            value = ruled.gt + 1
    for text in named:
        if re.fullmatch(r"-?\d+" if whole else r"-?\d+(\.\d+)?", text):
            value = float(text)
    long = field.type in (
        *(FIELD.TYPE_INT64, FIELD.TYPE_UINT64, FIELD.TYPE_SINT64, FIELD.TYPE_FIXED64, FIELD.TYPE_SFIXED64),
    )
    if long:
        return str(int(value))
    return int(value) if whole else round(float(value), 6)
