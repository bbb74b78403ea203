"""Identifiers: UUIDv7, so that keys made together lie together in an index and sort by time (RFC 9562)."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """Make a new identifier."""
    return UUID(int=uuid_utils.uuid7().int)


def parse_id(text: str) -> UUID:
    """Read an identifier that validation has let through.

    Raises:
        ValueError: `text` is no UUID. RPC fields are checked by `string.uuid` before; reaching this is a fault of ours.
    """
    return UUID(text)
