"""Where the gateway is."""

from typing import NamedTuple
from urllib.parse import urlsplit


class Address(NamedTuple):
    """A gateway: `http://host:port` speaks HTTP/2 in the clear, `https://host` over TLS."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address; without a scheme it is one in the clear.

        Raises:
            ValueError: no host, another scheme, or a path, which gRPC has no place for.
        """
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"not the address of a gateway: {text!r}")
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls)

    @property
    def target(self) -> str:
        """As grpcio wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
