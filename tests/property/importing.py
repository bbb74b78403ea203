"""What tests of imports do: send a file, wait for its end, read what came of it."""

import asyncio
from typing import Any

from doorstep.property.v1 import import_service_pb2 as pb
from doorstep.property.v1 import listing_service_pb2, property_service_pb2
from doorstep.property.v1 import property_import_pb2 as ipb
from tests.property.conftest import Market

ENDED = {ipb.IMPORT_STATE_SUCCEEDED, ipb.IMPORT_STATE_FAILED, ipb.IMPORT_STATE_CANCELLED}


async def start(market: Market, token: str, data: bytes, **fields: Any) -> ipb.PropertyImport:
    request = pb.ImportPropertiesRequest(**{"mapping": "king_county", "file_name": "homes.csv", **fields})
    request.file.data = data
    request.file.content_type = "text/csv"
    return (await market.call(market.imports.ImportProperties, request, token)).property_import


async def read(market: Market, token: str, import_id: str) -> ipb.PropertyImport:
    request = pb.GetImportRequest(import_id=import_id)
    return (await market.call(market.imports.GetImport, request, token)).property_import


async def ended(market: Market, token: str, import_id: str, seconds: float = 600) -> ipb.PropertyImport:
    async with asyncio.timeout(seconds):
        while True:
            found = await read(market, token, import_id)
            if found.state in ENDED:
                return found
            await asyncio.sleep(0.05)


async def run(market: Market, token: str, data: bytes, **fields: Any) -> ipb.PropertyImport:
    started = await start(market, token, data, **fields)
    return await ended(market, token, started.import_id)


async def remarks(market: Market, token: str, import_id: str, **fields: Any) -> list[ipb.ImportError]:
    found: list[ipb.ImportError] = []
    request = pb.ListImportErrorsRequest(import_id=import_id, page_size=2, **fields)
    while True:
        page = await market.call(market.imports.ListImportErrors, request, token)
        found += page.errors
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


async def listings(market: Market, token: str, **fields: Any) -> list[Any]:
    request = listing_service_pb2.ListListingsRequest(page_size=100, **fields)
    return list((await market.call(market.listings.ListListings, request, token)).listings)


async def history(market: Market, token: str, property_id: str) -> list[tuple[str, str, str]]:
    request = property_service_pb2.ListPropertyHistoryRequest(property_id=property_id, page_size=100)
    answer = await market.call(market.properties.ListPropertyHistory, request, token)
    return [(e.change_type, e.field_name, e.new_value) for e in answer.entries]
