"""What every RPC declares, checked one by one. Exceptions stand in dictionaries, each with its reason."""

import re
from collections import Counter

import pytest
from google.protobuf.descriptor import FieldDescriptor

from services import registry
from services.chassis.interceptors.call import Method
from tests.contracts.walk import Rpc, messages, packages, rpcs, rules

ALL = rpcs()

NO_HTTP = {
    "property.ImportService.UploadImport": "the caller streams; over HTTP, ImportProperties takes the file at once",
    "vr.IngestService.Connect": "the caller streams; over HTTP, StartSession, IngestBatch and EndSession",
    "vr.IngestService.IngestBatches": "the caller streams; over HTTP, IngestBatch",
}
WRITES_BY_GET: dict[str, str] = {}
READS_BY_POST = {
    "visit.TourService.PlanTour": "the draft is a message with up to 20 stops, which does not fit into a URL",
    "identity.AuditService.VerifyAuditChain": "the query holds an earlier proof, which does not fit into a URL",
    "property.SearchService.SearchProperties": "the filter is a message; the same search has a GET as well",
}
UNPAGED = {
    "identity.RoleService.ListPermissions": "the catalogue is a fixed table in the code",
    "property.ImportService.ListImportMappings": "the mappings are files of the service",
}
NO_PERMISSION_LINE: dict[str, str] = {}


def test_there_are_some() -> None:
    assert len(ALL) > 60
    assert set(packages()) == {name.split(".")[1] for s in registry.NAMES for name in registry.packages(s)}


@pytest.mark.parametrize("exceptions", [NO_HTTP, WRITES_BY_GET, READS_BY_POST, UNPAGED, NO_PERMISSION_LINE])
def test_exceptions_exist(exceptions: dict[str, str]) -> None:
    assert set(exceptions) <= {rpc.name for rpc in ALL}
    assert all(len(reason) > 20 for reason in exceptions.values())


@pytest.mark.parametrize("rpc", ALL, ids=str)
class TestEvery:
    def test_says_who_may_call_it(self, rpc: Rpc) -> None:
        assert rpc.rule, "without a rule nobody may"
        assert rpc.rule != "permission" or rpc.access.permission
        for flag in ("public", "authenticated", "internal"):
            assert rpc.rule != flag or getattr(rpc.access, flag) is True, "false is no rule"

    def test_reads_the_same_in_the_chain(self, rpc: Rpc) -> None:
        method = Method.of(rpc.path)
        assert (method.access, method.kind.value) == (rpc.access, rpc.streams)

    def test_says_whether_it_may_be_repeated(self, rpc: Rpc) -> None:
        assert rpc.options.HasField("idempotency_level")

    def test_has_an_http_path_or_a_reason(self, rpc: Rpc) -> None:
        if rpc.rule == "internal":
            assert not rpc.bindings, "the gateway must not route it"
        elif rpc.name in NO_HTTP:
            assert not rpc.bindings
            assert rpc.streams[0]
        else:
            assert rpc.bindings

    def test_its_paths_are_of_one_manner(self, rpc: Rpc) -> None:
        for verb, path in rpc.bindings:
            assert re.fullmatch(r"/(\.well-known|api/v1)(/[a-z0-9.-]+|/\{[a-z_.]+\})+(:[a-z-]+)?", path), path
            assert verb in ("GET", "POST", "PUT", "PATCH", "DELETE")
            for name in re.findall(r"\{([a-z_.]+)\}", path):
                field, message = None, rpc.method.input_type
                for part in name.split("."):
                    assert message is not None
                    field = message.fields_by_name[part]
                    message = field.message_type
                assert field is not None
                assert field.type == FieldDescriptor.TYPE_STRING

    def test_its_verb_is_true(self, rpc: Rpc) -> None:
        read = rpc.options.idempotency_level == 1
        verbs = {verb for verb, _ in rpc.bindings}
        if rpc.name not in WRITES_BY_GET and not read:
            assert "GET" not in verbs, "a GET may be repeated, cached and fetched ahead by anybody"
        if rpc.name not in READS_BY_POST and read and verbs:
            assert verbs == {"GET"}

    def test_has_messages_of_its_own(self, rpc: Rpc) -> None:
        assert rpc.method.input_type.name == f"{rpc.method.name}Request"
        assert rpc.method.output_type.name == f"{rpc.method.name}Response"

    def test_its_comment_says_who_and_what_can_go_wrong(self, rpc: Rpc) -> None:
        comment = " ".join(rpc.comment.split())
        assert comment
        if rpc.rule == "permission":
            assert rpc.access.permission in comment
        if rpc.name not in NO_PERMISSION_LINE:
            assert re.search(r"Permission:|Access:", comment), comment

    def test_lists_are_paged(self, rpc: Rpc) -> None:
        asked, given = rpc.method.input_type.fields_by_name, rpc.method.output_type.fields_by_name
        paged = "page_size" in asked
        assert paged == ("page_token" in asked) == ("next_page_token" in given)
        listing = rpc.method.name.startswith("List") and not rpc.streams[1]
        if not paged:
            assert not listing or rpc.name in UNPAGED
            return
        size = rules(asked["page_size"]).int32
        assert size.HasField("gte"), "a negative page_size must be refused"
        assert size.gte >= 0
        assert rules(asked["page_token"]).string.HasField("max_len")

    def test_what_is_forbidden_to_others_is_named_by_id(self, rpc: Rpc) -> None:
        """Ids are checked before they reach a query."""
        for field in rpc.method.input_type.fields:
            if field.name.endswith("_id") and field.type == FieldDescriptor.TYPE_STRING and field.name != "request_id":
                string = rules(field).repeated.items.string if field.is_repeated else rules(field).string
                bounds = ("max_len", "max_bytes", "pattern", "len")
                assert string.uuid or any(string.HasField(bound) for bound in bounds), field.full_name


def test_no_two_rpcs_share_a_path() -> None:
    seen = Counter((verb, re.sub(r"\{[^}]+\}", "{}", path)) for rpc in ALL for verb, path in rpc.bindings)
    assert [binding for binding, times in seen.items() if times > 1] == []


def test_no_path_hides_another() -> None:
    """`/users/{id}` and `/users/me` with one verb: which one answers depends on the order in the router."""
    bindings = [(verb, path.split("/"), rpc.name) for rpc in ALL for verb, path in rpc.bindings]
    hidden = []
    for verb, path, name in bindings:
        for other_verb, other, other_name in bindings:
            if verb == other_verb and name != other_name and len(path) == len(other) and path != other:
                pairs = list(zip(path, other, strict=True))
                if all(a == b or "{" in a for a, b in pairs) and not any(":" in part for part in (path[-1], other[-1])):
                    hidden.append(f"{verb} {'/'.join(path)} ({name}) takes {'/'.join(other)} ({other_name})")
    assert sorted(hidden) == sorted(HIDING)


_LITERAL = "the transcoder takes the literal segment first, and it is no UUID, which the other path asks for"
_REQUEST = (
    "GET /api/v1/partner-requests/{partner_request_id} (partnership.PartnerRequestService.GetPartnerRequest) takes "
)
HIDING = {
    f"{_REQUEST}/api/v1/partner-requests/received "
    "(partnership.PartnerRequestService.ListReceivedPartnerRequests)": _LITERAL,
    f"{_REQUEST}/api/v1/partner-requests/sent (partnership.PartnerRequestService.ListSentPartnerRequests)": _LITERAL,
    "GET /api/v1/properties/{property_id} (property.PropertyService.GetProperty) takes "
    "/api/v1/properties/bulk-import (property.ImportService.ListImports)": _LITERAL,
    "GET /api/v1/properties/{property_id} (property.PropertyService.GetProperty) takes "
    "/api/v1/properties/search (property.SearchService.SearchProperties)": _LITERAL,
}


def test_strings_are_bounded() -> None:
    """A request without bounds is limited by the size of a message only, and fills columns and logs."""
    requests = {rpc.method.input_type.full_name for rpc in ALL}
    unbounded = []
    for message in messages():
        if message.full_name not in requests:
            continue
        for field in message.fields:
            if field.type != FieldDescriptor.TYPE_STRING or field.is_repeated or field.name == "request_id":
                continue
            string = rules(field).string
            bounded = any(string.HasField(rule) for rule in ("max_len", "len", "max_bytes", "pattern", "const"))
            if not (bounded or string.WhichOneof("well_known") or len(getattr(string, "in"))):
                unbounded.append(field.full_name)
    assert sorted(unbounded) == sorted(UNBOUNDED)


UNBOUNDED: dict[str, str] = {}
