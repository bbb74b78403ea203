"""Accounts, and what proves that somebody owns one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from services.identity.lifecycle import UserState
from services.identity.models.base import Resource, Row


class User(Resource):
    """One person's account. Callers see their own and those of their organisation's members (row-level security)."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str | None]
    """The address as it is compared; unique among active accounts, NULL once erased."""
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str]
    phone_number: Mapped[str] = mapped_column(default="")
    language_code: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="UTC")
    picture_uri: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=UserState.ACTIVE)
    platform_roles: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    """`operator` for those who run the platform; set by hand, by no RPC."""
    managed_by: Mapped[UUID | None]
    """The organisation by whose invitation the account was made."""
    authorization_version: Mapped[int] = mapped_column(BigInteger, default=1)
    """Counts changes of the user's rights: tokens with an older number are refused."""
    delete_time: Mapped[datetime | None]
    purge_time: Mapped[datetime | None]
    erase_time: Mapped[datetime | None]


class Credential(Row):
    """The hash of a user's password, in a table of its own that no caller can read."""

    __tablename__ = "credentials"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    update_time: Mapped[datetime]


class Registration(Row):
    """An account asked for, until its link is followed. The password waits here, so that nobody can sign in before."""

    __tablename__ = "registrations"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str]
    given_name: Mapped[str]
    family_name: Mapped[str]
    phone_number: Mapped[str]
    language_code: Mapped[str]
    password_hash: Mapped[str]
    create_time: Mapped[datetime]
    expire_time: Mapped[datetime]


class PasswordLink(Row):
    """A link to choose a new password."""

    __tablename__ = "password_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID | None]
    """NULL where the address had no account: the row is written all the same, so that both cost the same."""
    create_time: Mapped[datetime]
    expire_time: Mapped[datetime]


class AccountLink(Row):
    """A link that changes an account, but for its password."""

    __tablename__ = "account_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    """`email_change` or `restore`."""
    user_id: Mapped[UUID | None]
    """NULL where the new address has an account: the row is written all the same, so that both cost the same."""
    new_email: Mapped[str] = mapped_column(default="")
    create_time: Mapped[datetime]
    expire_time: Mapped[datetime]


class SignInCounter(Row):
    """The wrong passwords of one subject (`lockout.Subject`)."""

    __tablename__ = "sign_in_counters"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    scope: Mapped[str]
    user_id: Mapped[UUID | None]
    failures: Mapped[int] = mapped_column(default=0)
    lockouts: Mapped[int] = mapped_column(default=0)
    lock_expire_time: Mapped[datetime | None]
    update_time: Mapped[datetime | None]


class KnownDevice(Row):
    """A device that has signed in to an account before."""

    __tablename__ = "known_devices"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    create_time: Mapped[datetime]
    last_seen_time: Mapped[datetime]


class Notification(Row):
    """A message to a person, as the notifier keeps it until it is sent."""

    __tablename__ = "notifications"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    recipient: Mapped[str | None]
    """The address; NULL where there is nobody to tell and the row only keeps the costs equal."""
    user_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]]
    create_time: Mapped[datetime] = mapped_column(server_default=func.now())
