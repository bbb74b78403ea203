"""CertificateService."""

from typing import Any

from doorstep.visit.v1 import certificate_pb2, certificate_service_pb2_grpc
from doorstep.visit.v1 import certificate_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor, organization_of
from services.chassis.ids import parse_id
from services.chassis.mapping import to_time
from services.visit.certificates import Problem
from services.visit.models.certificate import VisitCertificate
from services.visit.operations import certificate as operations
from services.visit.servicer.parts import Parts

_IDS = ("organization_id", "visit_id", "listing_id", "property_id", "buyer_id", "agent_id", "recorder_id")
_TIMES = ("start_time", "end_time", "meet_time", "complete_time")
_PLAIN = ("sequence", "code_used", "overridden", "evidence_score", "needs_review", "content", "key_id")
_BYTES = ("previous_hash", "hash", "signature")


class CertificateServicer(certificate_service_pb2_grpc.CertificateServiceServicer):
    """That visits took place, proven."""

    def __init__(self, parts: Parts) -> None:
        self._db = parts.database
        self._keys = parts.certificate_keys

    async def GetVisitCertificate(
        self, request: pb.GetVisitCertificateRequest, context: Any
    ) -> pb.GetVisitCertificateResponse:
        """Reads the certificate of a visit."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_certificate(tx, caller, parse_id(request.visit_id))
        return pb.GetVisitCertificateResponse(certificate=_message(row))

    async def VerifyCertificate(
        self, request: pb.VerifyCertificateRequest, context: Any
    ) -> pb.VerifyCertificateResponse:
        """Tells whoever was shown a certificate whether it is one of ours and untouched."""
        shown = bytes.fromhex(request.hash)
        async with self._db.read(SYSTEM) as tx:  # the hash is the proof
            row, problem = await operations.verify_certificate(tx, parse_id(request.certificate_id), shown, self._keys)
        if row is None:
            return pb.VerifyCertificateResponse(problem=_problem(problem))
        return pb.VerifyCertificateResponse(
            valid=True,
            complete_time=to_time(row.complete_time),
            code_used=row.code_used,
            evidence_score=row.evidence_score,
            overridden=row.overridden,
        )

    async def VerifyCertificateChain(
        self, request: pb.VerifyCertificateChainRequest, context: Any
    ) -> pb.VerifyCertificateChainResponse:
        """Computes the organisation's chain of certificates again."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            found = await operations.verify_chain(tx, organization_of(caller), self._keys)
        return pb.VerifyCertificateChainResponse(
            intact=found.problem is None,
            verified_certificates=found.verified,
            first_broken_sequence=found.broken_sequence,
            problem=_problem(found.problem),
            head_hash=found.head_hash.hex(),
        )

    async def GetCertificateKeys(
        self, request: pb.GetCertificateKeysRequest, context: Any
    ) -> pb.GetCertificateKeysResponse:
        """Reads the public keys by which anybody verifies signatures."""
        return pb.GetCertificateKeysResponse(
            keys=[
                certificate_pb2.CertificateKey(key_id=key_id, public_key=key, current=key_id == self._keys.key_id)
                for key_id, key in self._keys.public()
            ]
        )

    async def ResolveCertificate(
        self, request: pb.ResolveCertificateRequest, context: Any
    ) -> pb.ResolveCertificateResponse:
        """Gives a service the certificate of a visit after verifying it."""
        async with self._db.read(SYSTEM) as tx:
            row, problem = await operations.resolve_certificate(tx, parse_id(request.visit_id), self._keys)
        return pb.ResolveCertificateResponse(
            valid=problem is None, problem=_problem(problem), certificate=_message(row)
        )


def _problem(problem: Problem | None) -> Any:
    name = "CERTIFICATE_PROBLEM_" + (problem.name if problem is not None else "UNSPECIFIED")
    return certificate_pb2.CertificateProblem.Value(name)


def _message(row: VisitCertificate) -> certificate_pb2.VisitCertificate:
    fields: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    fields |= {name: str(getattr(row, name)) for name in _IDS}
    fields |= {name: to_time(getattr(row, name)) for name in _TIMES}
    fields |= {name: getattr(row, name).hex() for name in _BYTES}
    return certificate_pb2.VisitCertificate(certificate_id=str(row.id), **fields)
