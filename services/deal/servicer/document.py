"""DocumentService."""

from typing import Any, Protocol

from doorstep.deal.v1 import document_pb2, document_service_pb2_grpc
from doorstep.deal.v1 import document_service_pb2 as pb
from services.chassis.actor import current_actor, organization_of, system_for
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.deal.mapping import document as mapping
from services.deal.operations import deal as deals
from services.deal.operations import document as operations
from services.deal.servicer.parts import Parts


class _Decided(Protocol):
    deal_id: str
    document_id: str
    etag: str


class DocumentServicer(document_service_pb2_grpc.DocumentServiceServicer):
    """Documents of deals."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def AddDealDocument(self, request: pb.AddDealDocumentRequest, context: Any) -> pb.AddDealDocumentResponse:
        """Adds a file to a deal."""
        actor = current_actor()
        audience = "PARTIES"
        if request.audience:
            audience = enum_name(document_pb2.DocumentAudience, "DOCUMENT_AUDIENCE_", request.audience)
        async with self._db.read(actor) as read:
            deal = await deals.get_deal(read, parse_id(request.deal_id))
        async with self._parts.change(deal.organization_id) as tx:
            row = await operations.add_deal_document(
                tx,
                actor,
                deal.id,
                document_type=request.document_type,
                file_name=request.file_name,
                media_type=request.media_type,
                content=request.content,
                sha256=request.sha256,
                audience=audience,
                now=self._clock.now(),
            )
        return pb.AddDealDocumentResponse(document=mapping.to_message(row))

    async def GetDealDocument(self, request: pb.GetDealDocumentRequest, context: Any) -> pb.GetDealDocumentResponse:
        """Reads what is known of one document."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_deal_document(tx, parse_id(request.deal_id), parse_id(request.document_id))
        return pb.GetDealDocumentResponse(document=mapping.to_message(row))

    async def ListDealDocuments(
        self, request: pb.ListDealDocumentsRequest, context: Any
    ) -> pb.ListDealDocumentsResponse:
        """Lists the documents of a deal that the caller may see."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_deal_documents(tx, parse_id(request.deal_id), page)
        return pb.ListDealDocumentsResponse(
            documents=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def DownloadDealDocument(
        self, request: pb.DownloadDealDocumentRequest, context: Any
    ) -> pb.DownloadDealDocumentResponse:
        """Reads the bytes of one document."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_deal_document(tx, parse_id(request.deal_id), parse_id(request.document_id))
        # The bytes are the organisation's alone; who may see the document may see them.
        async with self._db.read(system_for(row.organization_id)) as tx:
            content = await operations.download_deal_document(tx, row)
        return pb.DownloadDealDocumentResponse(document=mapping.to_message(row), content=content)

    async def _decide(self, request: _Decided, verb: str, reason: str) -> document_pb2.DealDocument:
        actor = current_actor()
        async with self._parts.change(organization_of(actor)) as tx:
            row = await operations.decide_deal_document(
                tx,
                actor,
                parse_id(request.deal_id),
                parse_id(request.document_id),
                verb,
                reason=reason,
                etag=request.etag,
                now=self._clock.now(),
            )
        return mapping.to_message(row)

    async def VerifyDealDocument(
        self, request: pb.VerifyDealDocumentRequest, context: Any
    ) -> pb.VerifyDealDocumentResponse:
        """Finds a document good."""
        return pb.VerifyDealDocumentResponse(document=await self._decide(request, "verify", ""))

    async def RejectDealDocument(
        self, request: pb.RejectDealDocumentRequest, context: Any
    ) -> pb.RejectDealDocumentResponse:
        """Finds a document wanting."""
        return pb.RejectDealDocumentResponse(document=await self._decide(request, "reject", request.reason))
