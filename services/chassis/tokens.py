"""Access tokens and service tokens: keys on disk, verification in microseconds.

Keys are files: `<kid>.pem` holds a private key, `<kid>.pub.pem` a public one. All verify; the private key with the
greatest name signs, once it has been there for `SETTLED` seconds. Rotation is: put the next key there, and take the old
one away when the last token that it signed has expired. A process looks again when it meets an unknown `kid`, and every
`RELOAD` seconds; the gateway, which refuses unknown ones, asks as often.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey

from services.chassis.actor import Actor, CallerKind
from services.chassis.errors import CredentialsInvalid
from services.chassis.ids import new_id

AUDIENCE = "doorstep"
TYPE = "at+jwt"
"""RFC 9068. Without a look at `typ`, any other token of ours would pass for an access token."""
LEEWAY = 5
"""Seconds that clocks may differ."""
MAXIMUM_LIFETIME = 15 * 60
"""Seconds; a token that claims to live longer is refused, whoever signed it."""
MAXIMUM_SIZE = 8192
SERVICE_LIFETIME = 60
MINIMUM_BITS = 2048
RELOAD = 5.0
SETTLED = 15.0
"""Seconds that a new key is published before it signs: by then all who verify have read it."""
_CACHE = 10_000
_PEERS = 1_000
_FORGED = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What reading a hostile token may raise; JSON that is nested too deeply is a RecursionError."""

_log = structlog.get_logger("doorstep.tokens")


class WeakKey(ValueError):
    """A key that must not be used: too short, not RSA, or readable by others."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says, checked."""

    actor: Actor
    authorization_version: int
    expires_at: int
    """Unix seconds."""


class KeyRing:
    """The keys in a folder."""

    def __init__(self, folder: Path, *, strict: bool) -> None:
        """Read the keys.

        Args:
            folder: Holds the PEM files.
            strict: Refuse private keys that others may read (production).

        Raises:
            WeakKey: one of them must not be used.
            FileNotFoundError: there is none.
        """
        self._folder = folder
        self._strict = strict
        self._seen: tuple[tuple[str, int], ...] = ()
        self._looked = 0.0
        self._keys: dict[str, RSAKey] = {}
        self._private: dict[str, float] = {}
        """Those that can sign, and since when their files are there."""
        self._folder_changed = 0
        self.generation = 0
        """Counts changes: verdicts of an older generation may rest on a key that is gone."""
        self._load()
        if not self._keys:
            raise FileNotFoundError(f"no key in {folder}")

    def look(self) -> None:
        """Read the folder again when it is time; what cannot be read leaves the keys as they are."""
        if time.monotonic() - self._looked > RELOAD:
            self._reload()

    def _reload(self) -> None:
        try:
            self._load()
        except (OSError, ValueError):
            _log.exception("keys_not_read", folder=self._folder.name)

    def _load(self) -> None:
        self._looked = time.monotonic()
        self._folder_changed = self._folder.stat().st_mtime_ns
        files = sorted(self._folder.glob("*.pem"))
        seen = tuple((p.name, p.stat().st_mtime_ns) for p in files)
        if seen == self._seen:
            return
        keys: dict[str, RSAKey] = {}
        private: dict[str, float] = {}
        for path in files:
            public = path.name.endswith(".pub.pem")
            kid = path.name.removesuffix(".pem").removesuffix(".pub")
            if self._strict and not public and path.stat().st_mode & 0o077:
                raise WeakKey(f"{path.name} may be read by others; its mode must be 0600")
            keys[kid] = _read(path, public=public, kid=kid)
            if not public:
                # Not the time of its last change, which a copy may bring along.
                private[kid] = path.stat().st_ctime
        self._keys, self._private, self._seen = keys, private, seen
        self.generation += 1

    def verification_key(self, kid: str) -> RSAKey | None:
        """The key of that id; looks into the folder again for one that is new."""
        self.look()
        if kid not in self._keys and self._changed():  # asked by change, not by age: a peer may already sign with it
            self._reload()
        return self._keys.get(kid)

    def _changed(self) -> bool:
        try:
            return self._folder.stat().st_mtime_ns != self._folder_changed
        except OSError:
            return False

    def signing_key(self) -> RSAKey:
        """The key that new tokens are signed with: the newest that has settled; else the one that came first.

        Raises:
            WeakKey: there are only public keys here.
        """
        self.look()
        if not self._private:
            raise WeakKey("no private key here")
        latest = time.time() - SETTLED
        settled = [kid for kid, since in self._private.items() if since <= latest]
        return self._keys[max(settled) if settled else min(self._private, key=lambda kid: (self._private[kid], kid))]

    def jwks(self) -> dict[str, Any]:
        """The public halves as RFC 7517 has them."""
        self._reload()
        document = KeySet(list(self._keys.values())).as_dict(private=False)
        return {"keys": [{**key, "use": "sig", "alg": "RS256"} for key in document["keys"]]}


def _read(path: Path, *, public: bool, kid: str) -> RSAKey:
    data = path.read_bytes()
    key = serialization.load_pem_public_key(data) if public else serialization.load_pem_private_key(data, password=None)
    if not isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey) or key.key_size < MINIMUM_BITS:
        raise WeakKey(f"{path.name} must be an RSA key of at least {MINIMUM_BITS} bits")
    return RSAKey.import_key(key, {"kid": kid})


def make_key(folder: Path) -> str:
    """Put a new private key into `folder` (mode 0600) and return its id, which sorts after the older ones."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kid = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f") + "-" + new_id().hex[-6:]
    pem = rsa.generate_private_key(public_exponent=65537, key_size=MINIMUM_BITS).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = folder / f".{kid}.new"
    draft.touch(mode=0o600)
    draft.write_bytes(pem)
    draft.rename(folder / f"{kid}.pem")
    return kid


def publish_keys(folder: Path, public: Path) -> None:
    """Write the public half of every private key of `folder` into `public`, for processes that only verify.

    Public halves whose private key has gone are removed.
    """
    public.mkdir(parents=True, exist_ok=True)
    names = set()
    for path in folder.glob("*.pem"):
        if path.name.endswith(".pub.pem"):
            continue
        key = serialization.load_pem_private_key(path.read_bytes(), password=None).public_key()
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        names.add(f"{path.stem}.pub.pem")
        draft = public / f".{path.stem}.new"
        draft.write_bytes(pem)
        draft.chmod(0o644)
        draft.rename(public / f"{path.stem}.pub.pem")
    for path in public.glob("*.pub.pem"):
        if path.name not in names:
            path.unlink()


def sign_access_token(ring: KeyRing, claims: dict[str, Any]) -> str:
    """Sign the claims of an access token; the caller has filled in all that `AccessTokens.verify` asks for."""
    key = ring.signing_key()
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": TYPE}, claims, key)


class AccessTokens:
    """Verifies access tokens; remembers verdicts, since a client sends the same token again and again."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        """Take the keys, and whose tokens are good."""
        self._ring = ring
        self._issuer = issuer
        self._verified: OrderedDict[str, Claims] = OrderedDict()
        self._generation = ring.generation

    def verify(self, token: str) -> Claims:
        """Check signature, type, audience, issuer, times and shape.

        Raises:
            CredentialsInvalid: whatever is wrong; the caller is not told what.
        """
        self._ring.look()
        if self._generation != self._ring.generation:  # a key that was taken away vouches for nothing
            self._verified.clear()
            self._generation = self._ring.generation
        known = self._verified.get(token)
        now = int(time.time())
        if known is not None:
            if known.expires_at + LEEWAY <= now:
                del self._verified[token]
                raise CredentialsInvalid
            return known
        if len(token) > MAXIMUM_SIZE:
            raise CredentialsInvalid
        try:
            claims = self._verify(token, now)
        except _FORGED as error:
            raise CredentialsInvalid from error
        self._verified[token] = claims
        if len(self._verified) > _CACHE:
            self._verified.popitem(last=False)
        return claims

    def _verify(self, token: str, now: int) -> Claims:
        def find(obj: Any) -> RSAKey:
            header = obj.headers()
            if header.get("typ") != TYPE or header.keys() - {"alg", "kid", "typ"}:
                raise ValueError("header")
            key = self._ring.verification_key(str(header["kid"]))
            if key is None:
                raise ValueError("kid")
            return key

        decoded = jwt.decode(token, find, algorithms=["RS256"])
        claims = decoded.claims
        issued, expires, not_before = (_number(claims[name]) for name in ("iat", "exp", "nbf"))
        if not (
            claims["iss"] == self._issuer
            and claims["aud"] in (AUDIENCE, [AUDIENCE])
            and issued - LEEWAY <= now
            and not_before - LEEWAY <= now < expires + LEEWAY
            and 0 < expires - issued <= MAXIMUM_LIFETIME
            and isinstance(claims["jti"], str)
        ):
            raise ValueError("claims")
        roles, scope, organization = claims["roles"], claims["scope"], claims.get("org")
        if not (isinstance(roles, list) and all(isinstance(r, str) for r in roles)):
            raise ValueError("roles")
        actor = Actor(
            CallerKind.USER,
            user_id=UUID(claims["sub"]),
            organization_id=UUID(organization) if organization else None,
            session_id=UUID(claims["sid"]),
            roles=frozenset(roles),
            permissions=frozenset(scope.split()),
            authenticated_at=datetime.fromtimestamp(_number(claims["auth_time"]), UTC),
            token=token,
        )
        return Claims(actor, _number(claims["azv"]), expires)


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")  # noqa: TRY004 - one kind of refusal for all
    return value


class ServiceTokens:
    """How services prove to each other who they are: short-lived, bound to the callee."""

    HEADER = "x-doorstep-service-token"
    _TYPE = "doorstep-service+jwt"

    def __init__(self, secret: str) -> None:
        """All services share `secret`."""
        self._key = OctKey.import_key(secret)
        self._made: dict[str, tuple[float, str]] = {}
        self._verified: dict[tuple[str, str], int] = {}

    def make(self, audience: str) -> str:
        """A token for calls to the service `audience`; reused for half its life."""
        now = time.time()
        known = self._made.get(audience)
        if known is not None and known[0] > now:
            return known[1]
        claims = {"aud": audience, "iat": int(now), "exp": int(now) + SERVICE_LIFETIME}
        token = jwt.encode({"alg": "HS256", "typ": self._TYPE}, claims, self._key)
        self._made[audience] = (now + SERVICE_LIFETIME / 2, token)
        return token

    def verify(self, token: str, audience: str) -> None:
        """Check a token that a peer sent.

        Raises:
            CredentialsInvalid: forged, expired, or made for another callee.
        """
        now = int(time.time())
        if now < self._verified.get((token, audience), 0):
            return
        try:
            if len(token) > MAXIMUM_SIZE:
                raise ValueError("size")
            decoded = jwt.decode(token, self._key, algorithms=["HS256"])
            issued, expires = _number(decoded.claims["iat"]), _number(decoded.claims["exp"])
            if not (
                decoded.header.get("typ") == self._TYPE
                and decoded.claims["aud"] == audience
                and issued - LEEWAY <= now < expires + LEEWAY
                and expires - issued <= SERVICE_LIFETIME
            ):
                raise ValueError("claims")
            if len(self._verified) >= _PEERS:
                self._verified.clear()
            self._verified[(token, audience)] = expires + LEEWAY
        except _FORGED as error:
            raise CredentialsInvalid from error

    def accepts(self, token: str, audience: str) -> bool:
        """Whether `verify` would let the token pass."""
        try:
            self.verify(token, audience)
        except CredentialsInvalid:
            return False
        return True
