"""What can be set about the gateway. Everything else follows from the contracts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port. Hosts that are no IP address are resolved by DNS, and again as answers change."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `host:port`; ValueError when it is none."""
        host, separator, port = text.rpartition(":")
        if not separator or not host or not port.isdigit():
            raise ValueError(f"{text!r} is no host:port")
        return cls(host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Processes that serve the same RPCs: each is health-checked and drained by itself."""

    name: str
    addresses: tuple[Address, ...]
    packages: tuple[str, ...] = ("doorstep",)
    """Protobuf packages served there, sub-packages included; the first upstream that has a package gets it."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificate chain and private key of the public listener, as PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what a caller may ask of the gateway."""

    body_bytes: int = 1 << 20
    """Largest body of a call that does not stream its request."""
    unary_seconds: float = 16.0
    """Longest unary call. The services allow 15 seconds, so that their own answer comes first."""
    hedge_seconds: float = 5.0
    """A call that only reads and has no answer by then is sent to another worker as well: the first may hang. Long, so
    that calls which are only slow are not made twice."""
    slow_body_seconds: float = 5.0
    """Longest silence while a JSON request is being sent."""
    request_seconds: float = 20.0
    """Longest life of a call that does not stream, slow sending included."""
    stream_idle_seconds: float = 300.0
    """Longest silence on a stream, in both directions."""
    requests_per_worker: int = 128
    """Unary calls in flight to each worker before the gateway refuses more: waiting in the worker helps nobody."""
    streams_per_worker: int = 20_000
    """Streams open to each worker."""
    requests_per_second: int = 5_000
    """Calls admitted a second, over all callers. The limits per caller are the services'."""
    requests_per_second_per_address: int = 1_000
    """Calls admitted a second from one network address, with bursts of twice as many."""
    connection_idle_seconds: float = 60.0
    """Longest life of a connection on which nothing is asked."""
    connections: int = 20_000
    """Open client connections."""
    premature_resets: int = 2_000
    """Young streams that a connection may cancel before it is closed as an attack (rapid reset)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """One gateway process."""

    public: Address
    """Where clients connect."""
    operator: Address
    """Where the operators' listener answers: metrics and health, never public."""
    upstreams: tuple[Upstream, ...]
    issuer: str
    """The `iss` of access tokens."""
    assets: Path
    """Folder of the files that the configuration names: descriptors and the API browser (see `assets.write`)."""
    admin: Path | Address
    """Envoy's administration interface: the path of a socket, or an address no client can reach."""
    jwks: str | None = None
    """The public keys of access tokens as a JWK set; by default the identity service is asked, every few seconds."""
    known_jwks: str | None = None
    """Keys that hold beside those that the identity service is asked for, which it cannot be before this gateway
    listens (see `runner.Gateway.swap`). They hold for as long as it runs; the services verify again, and know which
    have been taken away."""
    audience: str = "doorstep"
    metrics: tuple[Address, ...] = ()
    """Where the services' metrics are read; any one of them answers for all of its kind."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of browser applications, exactly as browsers send them (`https://app.example.com`)."""
    production: bool = False
    """Production does not offer reflection."""
    access_log: str | None = "/dev/stdout"
    """File for the access log, one JSON object a line; None for no log."""
    otlp: Address | None = None
    """Collector that traces are sent to by gRPC. Without one, trace context of callers only passes through."""
    tls: Tls | None = None
    trusted_hops: int = 0
    """Proxies in front of the gateway whose x-forwarded-for is believed."""
    health_interval_seconds: float = 0.25
    """How often each worker is asked for its health: a draining worker must be seen within its drain pause (1 s)."""
    limits: Limits = field(default_factory=Limits)
