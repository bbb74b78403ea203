"""Settings: typed, from the environment (`DOORSTEP_*`), with no default for anything secret.

`make up` writes what is secret into the data folder once and hands it to the processes through their environment; a
production deployment sets it. A production process refuses to start with a missing, short or well-known secret.
"""

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

WELL_KNOWN = frozenset({"changeme", "secret", "supersecretkey", "password", "your-secret-key", "postgres", "doorstep"})
MINIMUM_SECRET = 32
EXIT_CONFIG = 78
"""sysexits.h EX_CONFIG: how a process ends that cannot start with its settings."""


class Environment(StrEnum):
    """Where this runs; decides what is refused."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class Notifier(StrEnum):
    """How people are told something."""

    DEVELOPMENT = "development"
    """Messages are kept in a table for whoever develops. Refused in production: there they would be lost unnoticed."""
    TABLE = "table"
    """Messages are kept in the same table until outreach has sent them, which takes `smtp_url`; without it, for a mail
    service of the operator's own that reads and sends them."""


class Settings(BaseSettings):
    """Everything that a serving process can be told. Field `x_y` is the variable `DOORSTEP_X_Y`."""

    # Errors name the setting and never its value: a weak secret is a secret too.
    model_config = SettingsConfigDict(env_prefix="DOORSTEP_", extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Environment = Environment.PRODUCTION
    """Production unless said otherwise: the safe side."""

    database_url: SecretStr
    """`postgresql://doorstep_app:...@host:port/name`: the role of the services, which owns nothing."""
    redis_url: SecretStr
    """`redis://:password@host:port/0`."""
    database_pool_size: int = Field(default=8, ge=1, le=100)
    """SQLAlchemy connections per process, shared by the services in it."""
    fast_pool_size: int = Field(default=4, ge=1, le=100)
    """Raw asyncpg connections per process, for paths that avoid the ORM."""
    statement_timeout_ms: int = Field(default=15_000, ge=100)

    host: str = "127.0.0.1"
    port: int = Field(default=50051, ge=0, le=65535)
    """gRPC port; 0 takes a free one."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Prometheus port of the process, on loopback; 0 takes a free one."""
    drain_seconds: float = Field(default=1.0, ge=0)
    """Between NOT_SERVING and the stop, so that the gateway notices."""
    grace_seconds: float = Field(default=10.0, ge=0)
    """How long running calls may take after the stop."""

    public_url: str = "http://127.0.0.1:8080"
    """How clients reach the gateway; also the issuer of tokens."""
    app_url: str | None = None
    """Where the pages of your application are: links in mails lead to `<app_url>/verify-email#token=...` and the like.
    None leaves them out; the mails then hold the code alone."""
    cors_origins: tuple[str, ...] = ()

    keys_dir: Path
    """Folder of RSA private keys, one PEM each, named by key id; the newest signs, all verify."""
    internal_secret: SecretStr
    """Signs the tokens by which services call each other."""
    page_token_secret: SecretStr
    """Signs page tokens."""
    former_certificate_keys: tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...] = ()
    """Public keys, as `/api/v1/certificates/keys` shows them, that signed certificates of visits before the internal
    secret was changed. Without them those certificates count as forged."""
    peers: dict[str, str] = Field(default_factory=dict)
    """Address by service name (`{"identity": "identity:50051"}`); a service that is missing here is in this process."""

    rate_limit_requests: int = Field(default=600, ge=1)
    """Calls per caller and RPC within the window, where the RPC declares no limit of its own."""
    rate_limits: dict[Annotated[str, Field(pattern=r"^[\w.]+/\w+$")], Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict
    )
    """Calls in place of the number that an RPC declares: `{"doorstep.vr.v1.IngestService/IngestBatch": 600}`."""
    rate_limit_window_seconds: int = Field(default=60, ge=1)
    rate_limit_address_requests: int = Field(default=6000, ge=1)
    """Calls per network address within the window, over all RPCs."""

    notifier: Notifier | None = None
    """How links and notices reach people; must be named in production, and is `development` elsewhere."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587`, `smtp+starttls://...` (TLS or nothing) or `smtps://host:465`: the server that
    takes mails. None keeps them in a mailbox that ListMailboxMessages and `doorstep mailbox` show; in production nobody
    sends them then."""
    mail_from: str = "Doorstep <no-reply@doorstep.example>"
    """The From header of mails; must be an address of yours in production."""
    stripe_api_key: SecretStr | None = None
    """`sk_live_...`: payments by Stripe. None leaves the provider inside the suite, which production refuses."""
    stripe_webhook_secrets: tuple[SecretStr, ...] = ()
    """`["whsec_..."]`: what Stripe signs its events with; two of them while one takes the other's place."""
    stripe_api_base: str = "https://api.stripe.com"
    """Where Stripe is."""
    demo_file: Path | None = None
    """Where `doorstep seed` keeps the passwords and the device key that it makes; None prints them instead."""

    otlp_endpoint: str | None = None
    """Where traces go; None keeps the exporter off."""
    log_level: str = "INFO"
    log_json: bool = True
    failpoints: str = ""
    """`name=action;...` for fault tests; refused in production."""
    prometheus_dir: Path | None = None
    """Shared folder for metrics of several processes."""

    @field_validator("internal_secret", "page_token_secret")
    @classmethod
    def _strong(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if len(secret) < MINIMUM_SECRET or secret.lower() in WELL_KNOWN or len(set(secret)) < 8:
            raise ValueError(f"must be at least {MINIMUM_SECRET} characters and not guessable")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in ("smtp", "smtp+starttls", "smtps") or not parts.hostname:
                raise ValueError("must be smtp://, smtp+starttls:// or smtps:// with a host")
        return value

    @model_validator(mode="after")
    def _stripe(self) -> Self:
        if self.stripe_api_key is not None:
            if not any(secret.get_secret_value().strip() for secret in self.stripe_webhook_secrets):
                raise ValueError("stripe_webhook_secrets must be set where stripe_api_key is")
            if self.production and not self.stripe_api_base.startswith("https://"):
                raise ValueError("stripe_api_base must be https in production")
        return self

    @model_validator(mode="after")
    def _production(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            if self.notifier in (None, Notifier.DEVELOPMENT):
                raise ValueError("notifier must be named (table); the development one is refused in production")
            if self.smtp_url is not None and self.mail_from.endswith(".example>"):
                raise ValueError("mail_from must be an address of yours where mail is sent")
            if self.failpoints:
                raise ValueError("failpoints are refused in production")
            if self.internal_secret.get_secret_value() == self.page_token_secret.get_secret_value():
                raise ValueError("internal_secret and page_token_secret must differ")
            for name in ("database_url", "redis_url"):
                url: str = getattr(self, name).get_secret_value()
                password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
                if not password or password.lower() in WELL_KNOWN:
                    raise ValueError(f"{name} must carry a password that is not a well-known one")
        return self

    @property
    def production(self) -> bool:
        """Whether this is the real thing."""
        return self.environment is Environment.PRODUCTION

    @cached_property
    def issuer(self) -> str:
        """The `iss` of access tokens."""
        return self.public_url.rstrip("/")
