"""Everything that goes over the public port, encrypted: JSON, gRPC from the clients and the commands, events."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from doorstep_client import Doorstep, DoorstepSync, Options, Unavailable
from doorstep_client.api.doorstep.identity.v1 import GetMeRequest
from services.stack.errors import StackError
from services.stack.gateway import tls_of
from services.stack.worker import with_import_roots
from tests.fixtures.suite import UNLIMITED, Suite
from tests.journeys.conftest import People, list_home, people_of

pytestmark = pytest.mark.xdist_group("up")


@dataclass(frozen=True)
class Secured:
    """A suite whose public port speaks TLS alone."""

    suite: Suite
    people: People
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.suite.port}"

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "tls.crt", folder / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    files = {"DOORSTEP_GATEWAY_CERTIFICATE": str(certificate), "DOORSTEP_GATEWAY_KEY": str(key)}
    suite = Suite(folder / "home", "--workers", "1", environment=UNLIMITED | files)
    try:
        suite.start()
        yield Secured(suite, people_of(suite), certificate)
    finally:
        suite.stop()


async def test_a_home_is_offered_and_found(secured: Secured) -> None:
    city = f"Tlsville {uuid4().hex[:8]}"
    async with Doorstep(secured.url, ssl_context=secured.trust) as agent:
        await agent.sign_in(*secured.people.credentials("agent"))
        home, _ = await list_home(agent, city=city)
        tokens = agent.tokens
    assert tokens is not None
    async with httpx.AsyncClient(base_url=secured.url, verify=secured.trust, http2=True, trust_env=False) as http:
        me = await http.get("/api/v1/auth/me", headers={"authorization": f"Bearer {tokens.access_token}"})
        assert (me.status_code, me.http_version) == (200, "HTTP/2")
        found = (await http.get(f"/api/v1/properties/{home}")).raise_for_status()
        assert found.json()["property"]["city"] == city
        assert found.headers["strict-transport-security"]
        published = (await http.get("/.well-known/openid-configuration")).json()
        assert published["issuer"] == secured.url  # what tokens say, and Envoy compares
        keys = await http.get(published["jwks_uri"])
        assert keys.json()["keys"]


def test_the_blocking_client(secured: Secured) -> None:
    with DoorstepSync(secured.url, root_certificates=secured.certificate) as client:
        client.sign_in(*secured.people.credentials("buyer"))
        assert client.auth.get_me(GetMeRequest()).roles == ["buyer"]


async def test_a_visit_is_streamed_by_the_command(secured: Secured, tmp_path: Path) -> None:
    async with Doorstep(secured.url, ssl_context=secured.trust) as agent:
        await agent.sign_in(*secured.people.credentials("agent"))
        home, _ = await list_home(agent, city="Tlsville")
    trace = tmp_path / "trace.csv"
    rows = [f"{n / 30:.3f},0,0,0,1,0,1.6,0" for n in range(60)]
    head = ["PlaybackTime", *(f"UnitQuaternion.{a}" for a in "xyzw"), *(f"HmdPosition.{a}" for a in "xyz")]
    trace.write_text("\n".join([",".join(head), *rows]))
    command = [sys.executable, "-m", "services.cli", "vr", "replay", str(trace), "--property", home]
    child = await asyncio.create_subprocess_exec(
        *command, "--address", secured.url,
        env=with_import_roots({**os.environ, "DOORSTEP_API_KEY": secured.people.sign_ins.device_key,
                               "SSL_CERT_FILE": str(secured.certificate)}),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(child.communicate(), 60)
    assert child.returncode == 0, out.decode()
    assert "everything is accounted for" in out.decode()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_strangers_and_old_protocols_are_not_served(secured: Secured) -> None:
    async with Doorstep(secured.url, options=Options(retries=0)) as client:
        with pytest.raises(Unavailable):
            await client.auth.get_me(GetMeRequest())
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(secured.url.replace("https", "http") + "/healthz")
    old = secured.trust
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", secured.suite.port, ssl=old)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"DOORSTEP_GATEWAY_KEY": "x"}, "belong together"),
        ({"DOORSTEP_GATEWAY_CERTIFICATE": "/nowhere/a", "DOORSTEP_GATEWAY_KEY": "/nowhere/b"}, "/nowhere/a cannot be"),
    ],
)
def test_what_is_missing_is_said_in_one_line(environment: dict[str, Any], told: str) -> None:
    with pytest.raises(StackError, match=told):
        tls_of(environment)
