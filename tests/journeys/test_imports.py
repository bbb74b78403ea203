"""A file of homes, streamed up in pieces, becomes homes that anybody finds."""

import asyncio
from uuid import uuid4

from doorstep_client import Doorstep
from doorstep_client.api.doorstep.property.v1 import (
    GetImportRequest,
    ImportState,
    ListImportErrorsRequest,
    PropertyImport,
    SearchPropertiesRequest,
    UploadImportHeader,
    UploadImportRequest,
)
from tests.journeys.conftest import People
from tests.property.data_files import county_file, county_row

ENDED = {ImportState.SUCCEEDED, ImportState.FAILED, ImportState.CANCELLED}


async def ended(agent: Doorstep, import_id: str) -> PropertyImport:
    async with asyncio.timeout(100):
        while True:
            found = (await agent.imports.get_import(GetImportRequest(import_id=import_id))).property_import
            assert found is not None
            if found.state in ENDED:
                return found
            await asyncio.sleep(0.1)


async def test_a_file_is_uploaded_and_found(people: People, agent: Doorstep) -> None:
    zipcode = f"0{uuid4().int % 10_000:04}"  # of the other coast: no home of the demo or of other tests is there
    first = uuid4().int % 10**12  # nobody's yet, also when this is run once more
    rows = [county_row(id=first + n, zipcode=zipcode) for n in range(60)]
    data = county_file(*rows, county_row(id=first + 99, zipcode=zipcode, price="cheap"))
    pieces = [data[start : start + 1_000] for start in range(0, len(data), 1_000)]
    header = UploadImportHeader(mapping="king_county", file_name="homes.csv")
    upload = [UploadImportRequest(header=header), *(UploadImportRequest(data=piece) for piece in pieces)]
    begun = (await agent.imports.upload_import(upload)).property_import
    assert begun is not None
    assert begun.size_bytes == len(data)

    done = await ended(agent, begun.import_id)
    assert (done.state, done.rows_total, done.rows_created, done.rows_failed) == (ImportState.SUCCEEDED, 61, 60, 1)
    request = ListImportErrorsRequest(import_id=begun.import_id, page_size=10)
    errors = [error async for error in agent.items(agent.imports.list_import_errors, request)]
    assert len(errors) == 1
    async with Doorstep(people.url) as anybody:
        search = SearchPropertiesRequest(postal_code=zipcode, page_size=25)
        found = [result async for result in anybody.items(anybody.search.search_properties, search)]
    assert len(found) == 60
