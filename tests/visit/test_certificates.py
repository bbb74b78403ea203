"""CertificateService: what is certified when, and that whatever is tampered with is found."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from doorstep.visit.v1 import certificate_pb2, certificate_service_pb2_grpc, visit_events_pb2, visit_pb2
from doorstep.visit.v1 import certificate_service_pb2 as pb
from services.chassis.errors import PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.visit import errors
from services.visit.certificates import Facts, Keys, Problem, genesis, make, problem_of
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import approved, begun, completed, overridden
from tests.visit.test_booking import outcome

PROBLEM = certificate_pb2.CertificateProblem


class Notary:
    """Shortcuts."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.stub = diary.harness.stub(certificate_service_pb2_grpc.CertificateServiceStub)

    async def get(self, who: Somebody, visit: visit_pb2.Visit) -> certificate_pb2.VisitCertificate:
        request = pb.GetVisitCertificateRequest(visit_id=visit.visit_id)
        found: certificate_pb2.VisitCertificate = (
            await self.diary.call(self.stub.GetVisitCertificate, request, who)
        ).certificate
        return found

    async def shown(self, certificate_id: str, digest: str) -> pb.VerifyCertificateResponse:
        """As somebody who was shown it, signed in nowhere."""
        request = pb.VerifyCertificateRequest(certificate_id=certificate_id, hash=digest)
        found: pb.VerifyCertificateResponse = await self.diary.call(self.stub.VerifyCertificate, request)
        return found

    async def chain(self, who: Somebody) -> pb.VerifyCertificateChainResponse:
        request = pb.VerifyCertificateChainRequest()
        found: pb.VerifyCertificateChainResponse = await self.diary.call(self.stub.VerifyCertificateChain, request, who)
        return found

    async def resolve(self, visit: visit_pb2.Visit) -> pb.ResolveCertificateResponse:
        """As a service asks."""
        metadata = self.diary.harness.metadata(service="visit")
        request = pb.ResolveCertificateRequest(visit_id=visit.visit_id)
        found: pb.ResolveCertificateResponse = await self.stub.ResolveCertificate(
            request, metadata=metadata, timeout=10
        )
        return found

    async def tamper(self, statement: str, *arguments: Any) -> None:
        """What nobody but the owner of the database can do, and only on purpose."""
        table, trigger = "visit.visit_certificates", "visit_certificates_append_only"
        await self.diary.sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        await self.diary.sql(statement, *arguments)
        await self.diary.sql(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


@pytest.fixture
def notary(diary: Diary) -> Notary:
    return Notary(diary)


@pytest.fixture
async def admin(diary: Diary, home: Home) -> Somebody:
    return diary.member("admin", home.agent.organization_id)


class TestMade:
    async def test_with_the_completion(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with refused(errors.CertificateNotFound):
            await notary.get(buyer, visit)
        with diary.later(start + timedelta(minutes=20)):
            visit = await diary.move("CompleteVisit", home.agent, visit)
        found = await notary.get(buyer, visit)
        assert found.certificate_id == visit.certificate_id
        told = (await diary.told(visit))[-1]
        assert isinstance(told, visit_events_pb2.VisitCompleted)
        assert told.certificate_id == visit.certificate_id
        assert (found.sequence, found.visit_id, found.buyer_id) == (1, visit.visit_id, str(buyer.user_id))
        assert (found.agent_id, found.recorder_id) == (str(home.agent.user_id), str(home.agent.user_id))
        assert (found.code_used, found.overridden, found.needs_review) == (True, False, False)
        assert found.evidence_score == visit.evidence_score == 100
        assert (found.meet_time, found.complete_time) == (visit.meet_time, visit.close_time)
        assert json.loads(found.content)["visit_id"] == visit.visit_id

    async def test_by_an_override_too_and_it_says_so(
        self, diary: Diary, notary: Notary, home: Home, buyer: Somebody, admin: Somebody
    ):
        visit = await overridden(diary, home, buyer, admin)
        found = await notary.get(home.agent, visit)
        assert (found.code_used, found.overridden, found.needs_review) == (False, True, True)
        assert not found.HasField("meet_time")
        assert found.recorder_id == str(admin.user_id)
        assert "letter" not in found.content, "why is for the history, not for whoever is shown the certificate"

    async def test_not_by_a_completion_that_fails(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start + timedelta(minutes=20)):
            calls = [outcome(diary.move("CompleteVisit", home.agent, visit)) for _ in range(8)]
            assert sorted(await asyncio.gather(*calls)) == ["OK", *["VISIT_STATE"] * 7]
        rows = await diary.sql("SELECT 1 FROM visit.visit_certificates WHERE visit_id::text = $1", visit.visit_id)
        assert len(rows) == 1

    async def test_for_who_may_see_the_visit(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        visit = await completed(diary, home, buyer)
        assert await notary.get(diary.member("sales", home.agent.organization_id), visit)
        for stranger in (diary.buyer(), diary.member("admin")):
            with refused(errors.VisitNotFound):
                await notary.get(stranger, visit)

    async def test_anybody_can_verify_it_without_us(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        found = await notary.get(buyer, await completed(diary, home, buyer))
        digest = hashlib.sha256(bytes.fromhex(found.previous_hash) + found.content.encode()).digest()
        assert digest.hex() == found.hash
        organization = home.agent.organization_id
        assert organization is not None
        assert (
            bytes.fromhex(found.previous_hash)
            == hashlib.sha256(b"doorstep visit certificates\0" + organization.bytes).digest()
        )
        keys = (await diary.call(notary.stub.GetCertificateKeys, pb.GetCertificateKeysRequest())).keys
        (key,) = [key for key in keys if key.key_id == found.key_id]
        assert key.current
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key))
        public.verify(bytes.fromhex(found.signature), digest)


class TestChain:
    async def test_is_one_line_whoever_completes_at_once(
        self, diary: Diary, notary: Notary, home: Home, admin: Somebody
    ):
        visits = []
        for hours in range(6):
            visit, start = await begun(diary, home, diary.buyer(), hours=5 + hours)
            visits.append(visit)
        with diary.later(start + timedelta(minutes=20)):
            calls = [outcome(diary.move("CompleteVisit", home.agent, visit)) for visit in visits]
            assert await asyncio.gather(*calls) == ["OK"] * 6
        found = await notary.chain(admin)
        assert (found.intact, found.verified_certificates, found.first_broken_sequence) == (True, 6, 0)
        last = max([await notary.get(admin, visit) for visit in visits], key=lambda one: one.sequence)
        assert (last.sequence, last.hash) == (6, found.head_hash)

    async def test_of_an_organisation_without_any(self, diary: Diary, notary: Notary):
        found = await notary.chain(diary.member("admin"))
        assert (found.intact, found.verified_certificates) == (True, 0)
        with refused(PermissionMissing):
            await notary.chain(diary.member("agent"))


class TestTampering:
    async def three(self, diary: Diary, notary: Notary, home: Home) -> list[certificate_pb2.VisitCertificate]:
        made = []
        for hours in (5, 6, 7):
            buyer = diary.buyer()
            made.append(await notary.get(buyer, await completed(diary, home, buyer, hours=hours)))
        return made

    async def test_the_database_refuses_it(self, diary: Diary, notary: Notary, home: Home):
        first, *_ = await self.three(diary, notary, home)
        for statement in (
            "UPDATE visit.visit_certificates SET evidence_score = 1 WHERE id::text = $1",
            "DELETE FROM visit.visit_certificates WHERE id::text = $1",
        ):
            with pytest.raises(Exception, match="append only"):
                await diary.sql(statement, first.certificate_id)
        with pytest.raises(Exception, match="append only"):
            await diary.sql("TRUNCATE visit.visit_certificates")

    @pytest.mark.parametrize(
        "change",
        [
            "evidence_score = 12",
            "needs_review = NOT needs_review",
            "buyer_id = agent_id",
            "content = replace(content, '\"code_used\":true', '\"code_used\":false')",
            "complete_time = complete_time + interval '1 second'",
        ],
    )
    async def test_a_row_that_was_changed(
        self, diary: Diary, notary: Notary, home: Home, admin: Somebody, *, change: str
    ):
        _, second, _ = await self.three(diary, notary, home)
        await notary.tamper(f"UPDATE visit.visit_certificates SET {change} WHERE id::text = $1", second.certificate_id)
        chain = await notary.chain(admin)
        assert (chain.intact, chain.verified_certificates, chain.first_broken_sequence) == (False, 1, 2)
        assert chain.problem == PROBLEM.Value("CERTIFICATE_PROBLEM_ALTERED")
        shown = await notary.shown(second.certificate_id, second.hash)
        assert shown == pb.VerifyCertificateResponse(problem=certificate_pb2.CERTIFICATE_PROBLEM_ALTERED)

    async def test_a_row_that_was_written_anew_with_its_hash(
        self, diary: Diary, notary: Notary, home: Home, admin: Somebody
    ):
        """Whoever can compute hashes still has no key."""
        *_, third = await self.three(diary, notary, home)
        content = third.content.replace('"evidence_score":100', '"evidence_score":99')
        digest = hashlib.sha256(bytes.fromhex(third.previous_hash) + content.encode()).digest()
        await notary.tamper(
            "UPDATE visit.visit_certificates SET evidence_score = 99, content = $2, hash = $3 WHERE id::text = $1",
            third.certificate_id,
            content,
            digest,
        )
        await diary.sql(
            "UPDATE visit.certificate_heads SET hash = $2 WHERE organization_id::text = $1",
            third.organization_id,
            digest,
        )
        chain = await notary.chain(admin)
        assert (chain.first_broken_sequence, chain.problem) == (3, certificate_pb2.CERTIFICATE_PROBLEM_FORGED)
        shown = await notary.shown(third.certificate_id, digest.hex())
        assert (shown.valid, shown.problem) == (False, certificate_pb2.CERTIFICATE_PROBLEM_FORGED)

    async def test_a_row_that_was_taken_out(self, diary: Diary, notary: Notary, home: Home, admin: Somebody):
        first, second, third = await self.three(diary, notary, home)
        await notary.tamper("DELETE FROM visit.visit_certificates WHERE id::text = $1", second.certificate_id)
        chain = await notary.chain(admin)
        assert (chain.verified_certificates, chain.first_broken_sequence) == (1, 2)
        assert chain.problem == certificate_pb2.CERTIFICATE_PROBLEM_BROKEN_CHAIN
        assert (await notary.shown(first.certificate_id, first.hash)).valid
        shown = await notary.shown(third.certificate_id, third.hash)
        assert (shown.valid, shown.problem) == (False, certificate_pb2.CERTIFICATE_PROBLEM_BROKEN_CHAIN)

    async def test_the_last_one_taken_off(self, diary: Diary, notary: Notary, home: Home, admin: Somebody):
        *_, third = await self.three(diary, notary, home)
        await notary.tamper("DELETE FROM visit.visit_certificates WHERE id::text = $1", third.certificate_id)
        chain = await notary.chain(admin)
        assert (chain.first_broken_sequence, chain.problem) == (3, certificate_pb2.CERTIFICATE_PROBLEM_BROKEN_CHAIN)

    async def test_a_visit_that_is_not_what_was_certified(
        self, diary: Diary, notary: Notary, home: Home, buyer: Somebody
    ):
        visit = await completed(diary, home, buyer)
        good = await notary.resolve(visit)
        assert (good.valid, good.certificate.buyer_id) == (True, str(buyer.user_id))
        await diary.sql("UPDATE visit.visits SET buyer_id = $2 WHERE id::text = $1", visit.visit_id, new_id())
        found = await notary.resolve(visit)
        assert (found.valid, found.problem) == (False, certificate_pb2.CERTIFICATE_PROBLEM_VISIT_DIFFERS)

    async def test_a_doubt_that_somebody_has_taken_away(
        self, diary: Diary, notary: Notary, home: Home, buyer: Somebody, admin: Somebody
    ):
        """It says what there was to see; that somebody has looked since makes it no other visit."""
        visit = await overridden(diary, home, buyer, admin)
        second = diary.member("admin", home.agent.organization_id)
        await diary.move("AcceptVisitEvidence", second, visit, reason="Both have signed the protocol.")
        found = await notary.resolve(visit)
        assert (found.valid, found.problem, found.certificate.needs_review) == (True, 0, True)

    async def test_a_doubt_that_nobody_had(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        visit = await completed(diary, home, buyer)
        await diary.sql("UPDATE visit.visits SET needs_review = true WHERE id::text = $1", visit.visit_id)
        found = await notary.resolve(visit)
        assert (found.valid, found.problem) == (False, certificate_pb2.CERTIFICATE_PROBLEM_VISIT_DIFFERS)


class TestShown:
    async def test_says_nothing_of_people_and_homes(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        one = await notary.get(buyer, await completed(diary, home, buyer))
        found = await notary.shown(one.certificate_id, one.hash)
        assert (found.valid, found.code_used, found.evidence_score) == (True, True, 100)
        for secret in (one.visit_id, one.buyer_id, one.agent_id, one.property_id, one.listing_id):
            assert secret not in str(found)

    async def test_says_nothing_without_the_hash(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        one = await notary.get(buyer, await completed(diary, home, buyer))
        nothing = pb.VerifyCertificateResponse(problem=certificate_pb2.CERTIFICATE_PROBLEM_UNKNOWN)
        assert await notary.shown(one.certificate_id, "0" * 64) == nothing
        assert await notary.shown(str(new_id()), one.hash) == nothing

    async def test_a_visit_without_one(self, diary: Diary, notary: Notary, home: Home, buyer: Somebody):
        visit, _ = await approved(diary, home, buyer)
        with refused(errors.CertificateNotFound):
            await notary.resolve(visit)


class TestKeys:
    @staticmethod
    def facts() -> Facts:
        now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        ids = {name: new_id() for name in Facts.__dataclass_fields__ if name.endswith("_id")}
        times: dict[str, Any] = dict.fromkeys(("start_time", "end_time", "meet_time", "complete_time"), now)
        flags = {"code_used": True, "overridden": False, "needs_review": False}
        return Facts(sequence=1, evidence_score=80, **ids, **times, **flags)

    def test_those_of_former_secrets_count_while_they_are_named(self):
        old, facts = Keys(b"the first secret of them all ....."), self.facts()
        link = make(facts, genesis(facts.organization_id), old)
        ((_, public),) = old.public()
        new = Keys(b"another secret, made when it had to", [public])
        assert problem_of(facts, link, link.previous_hash, new) is None
        alone = Keys(b"another secret, made when it had to")
        assert problem_of(facts, link, link.previous_hash, alone) is Problem.FORGED
        assert [key_id for key_id, _ in new.public()] == [new.key_id, old.key_id]

    def test_one_secret_makes_one_key(self):
        assert Keys(b"a" * 40).key_id == Keys(b"a" * 40).key_id != Keys(b"b" * 40).key_id
