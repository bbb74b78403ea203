"""How commands reach a suite by the address that people write down: `https://api.example.com` or `127.0.0.1:8080`."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import grpc

__all__ = ["Target"]


class Target(NamedTuple):
    """Where to connect."""

    address: str
    """host:port"""
    secure: bool
    """By TLS, trusting SSL_CERT_FILE where it is set."""

    @classmethod
    def of(cls, text: str) -> "Target":
        """Read `host:port`, `http://host:port` or `https://host`.

        Raises:
            ValueError: it is none of them.
        """
        url = urlsplit(text if "://" in text else f"http://{text}")
        if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/") or url.query:
            raise ValueError(f"{text} is no address: host:port or a URL without a path")
        secure = url.scheme == "https"
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        return cls(f"{host}:{url.port or (443 if secure else 80)}", secure)

    def channel(self) -> grpc.aio.Channel:
        """Open a channel with a connection of its own."""
        if self.secure:
            return grpc.aio.secure_channel(self.address, _trust(), options=self._options)
        return grpc.aio.insecure_channel(self.address, options=self._options)

    def blocking_channel(self) -> grpc.Channel:
        """The same without asyncio."""
        if self.secure:
            return grpc.secure_channel(self.address, _trust(), self._options)
        return grpc.insecure_channel(self.address, self._options)

    @property
    def _options(self) -> list[tuple[str, int]]:
        # Proxies are for the world outside; a suite on this machine is reached directly.
        return [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", int(self.secure))]


def _trust() -> grpc.ChannelCredentials:
    root = os.environ.get("SSL_CERT_FILE")
    return grpc.ssl_channel_credentials(Path(root).read_bytes() if root else None)
