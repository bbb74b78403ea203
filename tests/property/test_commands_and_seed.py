"""`doorstep import listings` against a served suite, and the demo homes."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from doorstep.property.v1 import property_service_pb2, search_service_pb2
from services.chassis.actor import Actor, CallerKind
from services.chassis.demo import ORGANIZATION_ID
from services.chassis.ids import new_id
from services.chassis.testing import TrustingCredentials
from services.property import seed
from services.property.commands import import_commands
from tests.property.conftest import AGENT, Market
from tests.property.data_files import county_file, county_row


async def run(market: Market, *arguments: str, permissions: tuple[str, ...] = AGENT) -> Result:
    """Run the command with a server's key, in a thread: it blocks, as commands do."""
    key = f"key-{new_id()}"
    credentials = market.harness.credentials
    assert isinstance(credentials, TrustingCredentials)
    credentials.keys[key] = Actor(
        CallerKind.API_KEY, organization_id=new_id(), key_id=new_id(), permissions=frozenset(permissions)
    )
    url = f"http://127.0.0.1:{market.harness.process.port}"
    return await asyncio.to_thread(
        CliRunner().invoke, import_commands, ["listings", *arguments, "--url", url, "--api-key", key]
    )


class TestImportListings:
    async def test_a_file(self, market: Market, tmp_path: Path):
        file = tmp_path / "homes.csv"
        file.write_bytes(county_file(*(county_row(id=n) for n in range(20)), county_row(id=99, bedrooms=33)))
        done = await run(market, str(file))
        assert done.exit_code == 0, done.output
        assert "succeeded: 21 of 21 rows; created 21" in done.output
        assert "IMPLAUSIBLE" in done.output

    async def test_refused_rows_end_with_2(self, market: Market, tmp_path: Path):
        file = tmp_path / "homes.csv.gz"
        file.write_bytes(county_file(county_row(), county_row(id=2, price="cheap"), packed=True))
        done = await run(market, str(file))
        assert done.exit_code == 2, done.output
        assert "refused price: not a number (NOT_A_NUMBER) 'cheap'" in done.output

    @pytest.mark.parametrize(
        ("arguments", "permissions", "text"),
        [
            (["--mapping", "no_such"], AGENT, "NOT_FOUND (IMPORT_MAPPING_NOT_FOUND)"),
            ([], ("property.read",), "PERMISSION_DENIED (PERMISSION_MISSING)"),
        ],
    )
    async def test_a_refusal_is_one_line(
        self, market: Market, tmp_path: Path, arguments: list[str], permissions: tuple[str, ...], text: str
    ):
        file = tmp_path / "homes.csv"
        file.write_bytes(county_file(county_row()))
        done = await run(market, str(file), *arguments, permissions=permissions)
        assert done.exit_code == 1
        assert f"error: {text}" in done.output

    async def test_nobody_to_be(self, tmp_path: Path):
        file = tmp_path / "homes.csv"
        file.write_bytes(county_file(county_row()))
        done = await asyncio.to_thread(
            CliRunner().invoke, import_commands, ["listings", str(file), "--home", str(tmp_path)]
        )
        assert done.exit_code == 2
        assert "--api-key" in done.output


class TestSeed:
    async def test_fifty_homes_once(self, market: Market):
        for _ in range(2):
            await seed.seed(market.harness.resources)
        token = market.agent(ORGANIZATION_ID)
        request = property_service_pb2.ListPropertiesRequest(page_size=100)
        answer = await market.call(market.properties.ListProperties, request, token)
        assert {p.property_id for p in answer.properties} == {str(seed.property_id(n)) for n in range(1, 51)}
        found = await market.call(
            market.search.SearchProperties,
            search_service_pb2.SearchPropertiesRequest(city="portland", state_or_province="OR", page_size=100),
        )
        assert len(found.results) == 50
        assert all(r.listing.list_price.units > 100_000 for r in found.results)

    async def test_a_changed_demo_home_stays_changed(self, market: Market):
        await seed.seed(market.harness.resources)
        token = market.agent(ORGANIZATION_ID)
        home = {"property_id": str(seed.property_id(1)), "city": "Salem"}
        change = property_service_pb2.UpdatePropertyRequest(property=home)
        await market.call(market.properties.UpdateProperty, change, token)
        await seed.seed(market.harness.resources)
        request = property_service_pb2.GetPropertyRequest(property_id=home["property_id"])
        assert (await market.call(market.properties.GetProperty, request)).property.city == "Salem"
