"""ImportService."""

from collections.abc import AsyncIterator
from typing import Any

from doorstep.property.v1 import import_service_pb2 as pb
from doorstep.property.v1 import import_service_pb2_grpc, property_import_pb2
from services.chassis.actor import current_actor
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.property.errors import ImportFileTooLarge, ImportUploadOrder
from services.property.mapping import imports as mapping
from services.property.operations import imports as operations
from services.property.servicer.parts import Parts


class ImportServicer(import_service_pb2_grpc.ImportServiceServicer):
    """Files into properties and listings."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def ImportProperties(self, request: pb.ImportPropertiesRequest, context: Any) -> pb.ImportPropertiesResponse:
        """Takes a CSV file, plain or packed with gzip, as the body of the request, and starts its import."""
        if len(request.file.data) > operations.MAXIMUM_BODY:
            raise ImportFileTooLarge(metadata={"limit_bytes": str(operations.MAXIMUM_BODY)})
        header = pb.UploadImportHeader(
            mapping=request.mapping, validate_only=request.validate_only, file_name=request.file_name
        )
        return pb.ImportPropertiesResponse(property_import=await self._take(header, request.file.data))

    async def UploadImport(
        self, request_iterator: AsyncIterator[pb.UploadImportRequest], context: Any
    ) -> pb.UploadImportResponse:
        """Takes a CSV file in pieces, plain or packed with gzip, and starts its import."""
        header: pb.UploadImportHeader | None = None
        data = bytearray()
        async for message in request_iterator:
            is_header = message.WhichOneof("step") == "header"
            if is_header != (header is None):
                raise ImportUploadOrder
            if is_header:
                header = message.header
                operations.mapping_named(header.mapping)  # say so before the file is sent
                continue
            data += message.data
            if len(data) > operations.MAXIMUM_UPLOAD:
                raise ImportFileTooLarge(metadata={"limit_bytes": str(operations.MAXIMUM_UPLOAD)})
        if header is None:
            raise ImportUploadOrder
        return pb.UploadImportResponse(property_import=await self._take(header, bytes(data)))

    async def _take(self, header: pb.UploadImportHeader, data: bytes) -> property_import_pb2.PropertyImport:
        upload = await operations.inspect(
            data, mapping=header.mapping, validate_only=header.validate_only, file_name=header.file_name
        )
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.import_properties(tx, upload, self._clock.now())
        return mapping.to_message(row)

    async def GetImport(self, request: pb.GetImportRequest, context: Any) -> pb.GetImportResponse:
        """Reads how far an import is."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_import(tx, parse_id(request.import_id))
        return pb.GetImportResponse(property_import=mapping.to_message(row))

    async def ListImports(self, request: pb.ListImportsRequest, context: Any) -> pb.ListImportsResponse:
        """Lists the imports of the caller's organisation, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_imports(tx, page)
        return pb.ListImportsResponse(imports=map(mapping.to_message, rows.items), next_page_token=rows.next_page_token)

    async def ListImportErrors(self, request: pb.ListImportErrorsRequest, context: Any) -> pb.ListImportErrorsResponse:
        """Lists the rows that were refused or taken with a remark, in the order of the file."""
        page = self._parts.page_tokens.page(request)
        severity = enum_name(property_import_pb2.ImportErrorSeverity, "IMPORT_ERROR_SEVERITY_", request.severity)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_import_errors(
                tx, parse_id(request.import_id), severity if request.severity else None, page
            )
        return pb.ListImportErrorsResponse(
            errors=map(mapping.to_error, rows.items), next_page_token=rows.next_page_token
        )

    async def CancelImport(self, request: pb.CancelImportRequest, context: Any) -> pb.CancelImportResponse:
        """Stops an import after the rows that are being stored."""
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.cancel_import(tx, parse_id(request.import_id), self._clock.now())
        return pb.CancelImportResponse(property_import=mapping.to_message(row))

    async def ListImportMappings(
        self, request: pb.ListImportMappingsRequest, context: Any
    ) -> pb.ListImportMappingsResponse:
        """Lists the mappings that an import can name."""
        rows = operations.list_import_mappings(self._parts.page_tokens.page(request))
        return pb.ListImportMappingsResponse(
            mappings=map(mapping.to_mapping, rows.items), next_page_token=rows.next_page_token
        )
