"""Forged, odd and stale tokens; rotation of keys; tokens between services."""

import asyncio
import base64
import hmac
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from services.chassis import tokens
from services.chassis.errors import CredentialsInvalid
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.chassis.testing.harness import ISSUER
from services.chassis.tokens import AccessTokens, KeyRing, ServiceTokens, WeakKey, make_key, sign_access_token
from tests.chassis.bakery import eventually
from tests.chassis.conftest import World

REPRESENTATIVES = ("Do", "Write", "Recent")


def b64(data: bytes | dict[str, Any] | str) -> str:
    raw = json.dumps(data).encode() if isinstance(data, dict) else data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Makes tokens that must be refused. It has the true private key: what is wrong is said by each name."""

    def __init__(self, folder: Path) -> None:
        path = next(p for p in sorted(folder.glob("*.pem")) if not p.name.endswith(".pub.pem"))
        self.kid = path.stem
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key
        self.public_pem = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.public_der = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": ISSUER,
            "aud": "doorstep",
            "sub": str(new_id()),
            "sid": str(new_id()),
            "org": str(new_id()),
            "roles": ["admin"],
            "scope": "toy.write",
            "auth_time": now,
            "azv": 1,
            "jti": str(new_id()),
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        body.update(changes)
        return {name: value for name, value in body.items() if value is not ...}

    def header(self, **changes: Any) -> dict[str, Any]:
        found = {"alg": "RS256", "kid": self.kid, "typ": "at+jwt", **changes}
        return {name: value for name, value in found.items() if value is not ...}

    def sign(self, signed: str) -> bytes:
        return self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())

    def make(self, header: dict[str, Any] | str | bytes, claims: dict[str, Any] | str | bytes) -> str:
        signed = f"{b64(header)}.{b64(claims)}"
        return f"{signed}.{b64(self.sign(signed))}"

    def good(self, **claims: Any) -> str:
        return self.make(self.header(), self.claims(**claims))


def _hmac(f: Forge, secret: bytes, **header: Any) -> str:
    signed = f"{b64(f.header(alg='HS256', **header))}.{b64(f.claims())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def _own_key(f: Forge, *, embed: bool = False, **header: Any) -> str:
    key = RSAKey.generate_key(2048)
    head = f.header(**header)
    if embed:
        head["jwk"] = key.as_dict(private=False)
    signed = f"{b64(head)}.{b64(f.claims())}"
    private = serialization.load_pem_private_key(key.as_pem(private=True), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return f"{signed}.{b64(private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _ec(f: Forge) -> str:
    signed = f"{b64(f.header(alg='ES256'))}.{b64(f.claims())}"
    return f"{signed}.{b64(ec.generate_private_key(ec.SECP256R1()).sign(signed.encode(), ec.ECDSA(hashes.SHA256())))}"


def _tampered(f: Forge) -> str:
    head, _, signature = f.good().split(".")
    return f"{head}.{b64(f.claims(roles=['operator'], scope='platform.operate'))}.{signature}"


def _pss(f: Forge) -> str:
    signed = f"{b64(f.header(alg='PS256'))}.{b64(f.claims())}"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return f"{signed}.{b64(f.key.sign(signed.encode(), pss, hashes.SHA256()))}"


def _now() -> int:
    return int(time.time())


DEEP = "[" * 5000

FORGERIES: dict[str, Callable[[Forge], str]] = {
    # the algorithm
    "alg none": lambda f: f"{b64(f.header(alg='none'))}.{b64(f.claims())}.",
    "alg None": lambda f: f"{b64(f.header(alg='None'))}.{b64(f.claims())}.",
    "alg NONE with signature": lambda f: f.make(f.header(alg="NONE"), f.claims()),
    "alg empty": lambda f: f.make(f.header(alg=""), f.claims()),
    "alg missing": lambda f: f.make(f.header(alg=...), f.claims()),
    "alg null": lambda f: f.make(f.header(alg=None), f.claims()),
    "alg list": lambda f: f.make(f.header(alg=["RS256"]), f.claims()),
    "alg rs256 in small letters": lambda f: f.make(f.header(alg="rs256"), f.claims()),
    "alg RS512 with RS256 signature": lambda f: f.make(f.header(alg="RS512"), f.claims()),
    "alg PS256 rightly signed": _pss,
    "alg ES256": _ec,
    "HS256 with the public PEM": lambda f: _hmac(f, f.public_pem),
    "HS256 with the stripped PEM": lambda f: _hmac(f, f.public_pem.strip()),
    "HS256 with the public DER": lambda f: _hmac(f, f.public_der),
    "HS256 with the modulus": lambda f: _hmac(f, str(f.key.public_key().public_numbers().n).encode()),
    "HS256 with an empty secret": lambda f: _hmac(f, b""),
    "HS256 with the key id": lambda f: _hmac(f, f.kid.encode()),
    # the header
    "own key in jwk": lambda f: _own_key(f, embed=True),
    "own key under our kid": _own_key,
    "own key at jku": lambda f: _own_key(f, jku="http://127.0.0.1:1/jwks.json"),
    "own key at x5u": lambda f: _own_key(f, x5u="http://127.0.0.1:1/cert.pem"),
    "jwk with a true signature": lambda f: f.make(f.header(jwk={"kty": "RSA"}), f.claims()),
    "jku with a true signature": lambda f: f.make(f.header(jku="https://evil.example/jwks"), f.claims()),
    "x5c": lambda f: f.make(f.header(x5c=["MIIB"]), f.claims()),
    "crit": lambda f: f.make(f.header(crit=["exp"]), f.claims()),
    "crit unknown": lambda f: f.make(f.header(crit=["b64"], b64=False), f.claims()),
    "zip": lambda f: f.make(f.header(zip="DEF"), f.claims()),
    "cty": lambda f: f.make(f.header(cty="JWT"), f.claims()),
    "typ missing": lambda f: f.make(f.header(typ=...), f.claims()),
    "typ JWT": lambda f: f.make(f.header(typ="JWT"), f.claims()),
    "typ of a refresh token": lambda f: f.make(f.header(typ="rt+jwt"), f.claims()),
    "typ in capitals": lambda f: f.make(f.header(typ="AT+JWT"), f.claims()),
    "typ list": lambda f: f.make(f.header(typ=["at+jwt"]), f.claims()),
    "kid missing": lambda f: f.make(f.header(kid=...), f.claims()),
    "kid unknown": lambda f: f.make(f.header(kid="another"), f.claims()),
    "kid empty": lambda f: f.make(f.header(kid=""), f.claims()),
    "kid null": lambda f: f.make(f.header(kid=None), f.claims()),
    "kid number": lambda f: f.make(f.header(kid=0), f.claims()),
    "kid list": lambda f: f.make(f.header(kid=[f.kid]), f.claims()),
    "kid path": lambda f: f.make(f.header(kid="../../../../dev/null"), f.claims()),
    "kid with our path": lambda f: f.make(f.header(kid=f"./{f.kid}"), f.claims()),
    "kid sql": lambda f: f.make(f.header(kid="' OR 1=1 --"), f.claims()),
    "kid with a null byte": lambda f: f.make(f.header(kid=f"{f.kid}\0"), f.claims()),
    "header list": lambda f: f.make("[]", f.claims()),
    "header string": lambda f: f.make('"x"', f.claims()),
    "header not JSON": lambda f: f.make("{", f.claims()),
    "header not UTF-8": lambda f: f.make(b"\xff\xfe", f.claims()),
    "header nested deeply": lambda f: f.make(DEEP, f.claims()),
    "header with a huge number": lambda f: f.make('{"alg": ' + "9" * 5000 + "}", f.claims()),
    "header with the member twice": lambda f: f.make(
        f'{{"alg":"none","alg":"RS256","kid":"{f.kid}","typ":"at+jwt","typ":"JWT"}}', f.claims()
    ),
    # times
    "expired": lambda f: f.good(exp=_now() - 60, iat=_now() - 600, nbf=_now() - 600),
    "exp 10^18": lambda f: f.good(exp=10**18),
    "exp 10^18, iat too": lambda f: f.good(exp=10**18 + 600, iat=10**18),
    "exp 10^400": lambda f: f.good(exp=10**400),
    "exp float": lambda f: f.good(exp=_now() + 600.5),
    "exp infinite": lambda f: f.make(f.header(), json.dumps(f.claims(exp=float("inf")))),
    "exp NaN": lambda f: f.make(f.header(), json.dumps(f.claims(exp=float("nan")))),
    "exp text": lambda f: f.good(exp=str(_now() + 600)),
    "exp true": lambda f: f.good(exp=True),
    "exp null": lambda f: f.good(exp=None),
    "exp negative": lambda f: f.good(exp=-1),
    "exp list": lambda f: f.good(exp=[_now() + 600]),
    "exp a day": lambda f: f.good(exp=_now() + 86400),
    "exp a second too late": lambda f: f.good(exp=_now() + 901),
    "exp before iat": lambda f: f.good(exp=_now() + 1, iat=_now() + 3),
    "iat in the future": lambda f: f.good(iat=_now() + 300, exp=_now() + 600),
    "iat long ago, living still": lambda f: f.good(iat=_now() - 86400),
    "iat float": lambda f: f.good(iat=_now() + 0.5),
    "nbf in the future": lambda f: f.good(nbf=_now() + 60),
    "nbf text": lambda f: f.good(nbf="0"),
    "auth_time text": lambda f: f.good(auth_time="now"),
    "auth_time 10^30": lambda f: f.good(auth_time=10**30),
    # the other claims
    **{
        f"{name} missing": lambda f, name=name: f.good(**{name: ...})  # type: ignore[misc]
        for name in ("iss", "aud", "sub", "sid", "roles", "scope", "auth_time", "azv", "jti", "iat", "nbf", "exp")
    },
    "iss another": lambda f: f.good(iss="https://evil.example"),
    "iss with a slash": lambda f: f.good(iss=ISSUER + "/"),
    "iss list": lambda f: f.good(iss=[ISSUER]),
    "aud another": lambda f: f.good(aud="another"),
    "aud list with another": lambda f: f.good(aud=["doorstep", "another"]),
    "aud list without ours": lambda f: f.good(aud=["another"]),
    "aud empty list": lambda f: f.good(aud=[]),
    "aud nested list": lambda f: f.good(aud=[["doorstep"]]),
    "aud with a space": lambda f: f.good(aud="doorstep "),
    "sub no id": lambda f: f.good(sub="admin"),
    "sub number": lambda f: f.good(sub=1),
    "sub list": lambda f: f.good(sub=[str(new_id())]),
    "sid no id": lambda f: f.good(sid="x"),
    "sid null": lambda f: f.good(sid=None),
    "org no id": lambda f: f.good(org="*"),
    "org list": lambda f: f.good(org=[str(new_id())]),
    "jti number": lambda f: f.good(jti=5),
    "roles text": lambda f: f.good(roles="admin"),
    "roles numbers": lambda f: f.good(roles=[1]),
    "scope list": lambda f: f.good(scope=["toy.write"]),
    "azv text": lambda f: f.good(azv="1"),
    "claims list": lambda f: f.make(f.header(), "[]"),
    "claims text": lambda f: f.make(f.header(), '"admin"'),
    "claims empty": lambda f: f.make(f.header(), "{}"),
    "claims not JSON": lambda f: f.make(f.header(), "{"),
    "claims not UTF-8": lambda f: f.make(f.header(), b"\xff"),
    "claims nested deeply": lambda f: f.make(f.header(), DEEP),
    # the whole
    "tampered claims": _tampered,
    "signature cut": lambda f: f.good()[:-8],
    "signature empty": lambda f: f.good().rsplit(".", 1)[0] + ".",
    "signature of zeros": lambda f: f.good().rsplit(".", 1)[0] + "." + b64(bytes(256)),
    "signature of another token": lambda f: f.good().rsplit(".", 1)[0] + "." + f.good().rsplit(".", 1)[1],
    "two parts": lambda f: f.good().rsplit(".", 1)[0],
    "four parts": lambda f: f.good() + ".x",
    "five parts, as encrypted ones have": lambda f: f.good() + ".x.y",
    "dots": lambda f: "..",
    "padding": lambda f: f.good() + "==",
    "spaces inside": lambda f: f.good().replace(".", " . "),
    "huge": lambda f: f.good(scope="x" * 7000),
    "JSON serialisation": lambda f: json.dumps({"payload": b64(f.claims()), "signatures": []}),
    "no base64": lambda f: "!!!.???.***",
}


@pytest.fixture(scope="module")
def forge(toy_keys: Path) -> Forge:
    return Forge(toy_keys)


def test_enough_of_them() -> None:
    assert len(FORGERIES) >= 60


async def test_the_forge_can_make_true_ones(world: World, forge: Forge) -> None:
    """Else every refusal below would prove nothing."""
    for method in REPRESENTATIVES:
        await world.call(method, token=forge.good())
        await world.call(method, token=forge.good(aud=["doorstep"]))
        await world.call(method, token=forge.good(org=...))


@pytest.mark.parametrize("name", FORGERIES)
async def test_refuses(world: World, forge: Forge, name: str) -> None:
    token = FORGERIES[name](forge)
    token = token if token.isascii() and token.isprintable() else "unprintable"
    for method in REPRESENTATIVES:
        with refused(CredentialsInvalid) as refusal:
            await world.call(method, token=token)
        assert refusal.message == "the credentials are not valid"
        assert refusal.metadata == {}


class TestVerdicts:
    """What is remembered of a token is worth no more than the token."""

    def test_end_with_the_token(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_key(tmp_path)
        verifier = AccessTokens(KeyRing(tmp_path, strict=True), ISSUER)
        token = Forge(tmp_path).good()
        assert verifier.verify(token) is verifier.verify(token)
        real = time.time
        monkeypatch.setattr(tokens.time, "time", lambda: real() + 606)
        for _ in range(2):
            with pytest.raises(CredentialsInvalid):
                verifier.verify(token)

    def test_end_with_the_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokens, "RELOAD", 0.0)
        old = make_key(tmp_path)
        verifier = AccessTokens(KeyRing(tmp_path, strict=True), ISSUER)
        token = Forge(tmp_path).good()
        verifier.verify(token)
        make_key(tmp_path)
        verifier.verify(token)
        (tmp_path / f"{old}.pem").unlink()
        with pytest.raises(CredentialsInvalid):
            verifier.verify(token)

    def test_are_bounded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokens, "_CACHE", 3)
        make_key(tmp_path)
        verifier = AccessTokens(KeyRing(tmp_path, strict=True), ISSUER)
        for _ in range(6):
            verifier.verify(Forge(tmp_path).good())
        assert len(verifier._verified) == 3


class TestKeys:
    def test_none(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            KeyRing(tmp_path, strict=False)

    def test_short(self, tmp_path: Path) -> None:
        self._put(tmp_path, rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505 - on purpose
        with pytest.raises(WeakKey):
            KeyRing(tmp_path, strict=False)

    def test_of_another_kind(self, tmp_path: Path) -> None:
        self._put(tmp_path, ec.generate_private_key(ec.SECP256R1()))
        with pytest.raises(WeakKey):
            KeyRing(tmp_path, strict=False)

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
    def test_open_to_others(self, tmp_path: Path, mode: int) -> None:
        kid = make_key(tmp_path)
        (tmp_path / f"{kid}.pem").chmod(mode)
        with pytest.raises(WeakKey):
            KeyRing(tmp_path, strict=True)

    def test_are_made_private(self, tmp_path: Path) -> None:
        kid = make_key(tmp_path / "keys")
        assert (tmp_path / "keys" / f"{kid}.pem").stat().st_mode & 0o777 == 0o600

    def test_sign_once_everybody_can_have_read_them(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The gateway asks for keys every few seconds, and refuses tokens by one that it has not seen."""
        monkeypatch.setattr(tokens, "RELOAD", 0.0)
        old = make_key(tmp_path)
        ring = KeyRing(tmp_path, strict=True)
        assert ring.signing_key().kid == old, "with no other there is nothing to wait for"
        new = make_key(tmp_path)
        assert {key["kid"] for key in ring.jwks()["keys"]} == {old, new}
        assert ring.signing_key().kid == old
        assert KeyRing(tmp_path, strict=True).signing_key().kid == old, "a process that begins knows no better"
        real = time.time
        monkeypatch.setattr(tokens.time, "time", lambda: real() + tokens.SETTLED)
        assert ring.signing_key().kid == new

    def test_publish_their_public_halves_only(self, tmp_path: Path) -> None:
        make_key(tmp_path)
        (key,) = KeyRing(tmp_path, strict=True).jwks()["keys"]
        assert set(key) == {"kty", "n", "e", "kid", "use", "alg"}

    def test_a_public_half_verifies_and_does_not_sign(self, tmp_path: Path) -> None:
        home, other = tmp_path / "home", tmp_path / "other"
        make_key(home)
        forge = Forge(home)
        other.mkdir()
        (other / f"{forge.kid}.pub.pem").write_bytes(forge.public_pem)
        ring = KeyRing(other, strict=True)
        AccessTokens(ring, ISSUER).verify(forge.good())
        with pytest.raises(WeakKey):
            ring.signing_key()

    @pytest.mark.parametrize("what", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"])
    def test_a_file_that_cannot_be_read_changes_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: bytes
    ) -> None:
        monkeypatch.setattr(tokens, "RELOAD", 0.0)
        make_key(tmp_path)
        ring = KeyRing(tmp_path, strict=True)
        verifier = AccessTokens(ring, ISSUER)
        (tmp_path / "zzz-next.pem").write_bytes(what)
        for _ in range(3):
            verifier.verify(Forge(tmp_path).good())
            assert ring.signing_key().kid != "zzz-next"
        shutil.rmtree(tmp_path)
        assert ring.signing_key() is not None

    def _put(self, folder: Path, key: Any) -> None:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = folder / "weak.pem"
        path.write_bytes(pem)
        path.chmod(0o600)


async def test_rotation_under_load_fails_nobody(world: World, toy_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process signs with the newest key at once, whatever this one has read."""
    signer = KeyRing(toy_keys, strict=True)
    monkeypatch.setattr(tokens, "RELOAD", 0.05)
    monkeypatch.setattr(tokens, "SETTLED", 0.0)
    monkeypatch.setattr(signer, "look", signer._load)
    forge, kids, stop, calls = Forge(toy_keys), set[str](), asyncio.Event(), 0

    async def caller() -> None:
        nonlocal calls
        while not stop.is_set():
            token = sign_access_token(signer, forge.claims())
            kids.add(signer.signing_key().kid or "")
            assert (await world.call("Do", "echo:served", token=token)).text == "served"
            calls += 1

    callers = [asyncio.ensure_future(caller()) for _ in range(4)]

    async def served(keys: int) -> None:
        """Wait until calls with so many keys were made, and some more after them."""
        await eventually(lambda: len(kids) >= keys or any(one.done() for one in callers))
        wanted = calls + 4
        await eventually(lambda: calls >= wanted or any(one.done() for one in callers))

    await served(1)
    for n in range(6):
        await asyncio.sleep(0.25)
        await asyncio.to_thread(make_key, toy_keys)
        await served(n + 2)
    stop.set()
    await asyncio.gather(*callers)
    assert len(kids) >= 4
    assert calls > 20


class TestBetweenServices:
    SECRET = "a-secret-of-the-services-that-is-long-enough"

    def test_true_ones(self) -> None:
        ServiceTokens(self.SECRET).verify(ServiceTokens(self.SECRET).make("toy"), "toy")

    def test_are_reused_for_half_their_life(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = ServiceTokens(self.SECRET)
        first = made.make("toy")
        assert made.make("toy") == first
        real = time.time
        monkeypatch.setattr(tokens.time, "time", lambda: real() + 31)
        assert made.make("toy") != first

    def test_verdicts_end_with_the_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        service, token = ServiceTokens(self.SECRET), ServiceTokens(self.SECRET).make("toy")
        service.verify(token, "toy")
        with pytest.raises(CredentialsInvalid):
            service.verify(token, "other")
        real = time.time
        monkeypatch.setattr(tokens.time, "time", lambda: real() + 66)
        with pytest.raises(CredentialsInvalid):
            service.verify(token, "toy")

    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            ({"typ": "JWT"}, {}),
            ({"typ": ...}, {}),
            ({"typ": "at+jwt"}, {}),
            ({}, {"aud": "other"}),
            ({}, {"aud": ["toy"]}),
            ({}, {"aud": ...}),
            ({}, {"exp": ...}),
            ({}, {"iat": ...}),
            ({}, {"exp": 10**18}),
            ({}, {"exp": float("inf")}),
            ({}, {"iat": "0"}),
            ({}, {"exp": 100, "iat": 50}),
        ],
    )
    def test_odd_ones(self, header: dict[str, Any], claims: dict[str, Any]) -> None:
        head = {"alg": "HS256", "typ": "doorstep-service+jwt", **header}
        body = {"aud": "toy", "iat": _now(), "exp": _now() + 60, **claims}
        signed = ".".join(b64({k: v for k, v in part.items() if v is not ...}) for part in (head, body))
        token = f"{signed}.{b64(hmac.digest(self.SECRET.encode(), signed.encode(), 'sha256'))}"
        with pytest.raises(CredentialsInvalid):
            ServiceTokens(self.SECRET).verify(token, "toy")

    @pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "x" * 9000, f"{b64(DEEP)}.e30.x", f"{b64('[]')}.e30.x"])
    def test_garbage(self, token: str) -> None:
        assert not ServiceTokens(self.SECRET).accepts(token, "toy")

    def test_alg_none_and_another_secret(self) -> None:
        body = {"aud": "toy", "iat": _now(), "exp": _now() + 60}
        none = f"{b64({'alg': 'none', 'typ': 'doorstep-service+jwt'})}.{b64(body)}."
        other = jwt.encode(
            {"alg": "HS256", "typ": "doorstep-service+jwt"}, body, OctKey.import_key(self.SECRET[::-1] + "x")
        )
        for token in (none, other):
            assert not ServiceTokens(self.SECRET).accepts(token, "toy")

    async def test_an_access_token_is_none(self, world: World) -> None:
        with refused(CredentialsInvalid):
            await world.anonymously("Inside", x_doorstep_service_token=world.token)

    async def test_a_service_token_is_no_access_token(self, world: World) -> None:
        secret = world.harness.settings.internal_secret.get_secret_value()
        with refused(CredentialsInvalid):
            await world.call("Do", token=ServiceTokens(secret).make("toy"))
