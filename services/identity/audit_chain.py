"""The hash chain of the audit log. Pure: the same functions write and verify.

Each entry's hash covers its content and the hash of the entry before, so that one altered, missing or inserted entry
breaks every later one. The first entry follows `GENESIS`, which is bound to the organisation: a log cannot be moved.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Fact:
    """The content of an entry."""

    organization_id: UUID
    sequence: int
    action: str
    actor_kind: str
    actor_id: UUID | None
    resource_type: str
    resource_id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    request_id: str
    address: str
    create_time: datetime


def genesis(organization_id: UUID) -> bytes:
    """What the first entry of an organisation follows."""
    return hashlib.sha256(b"doorstep audit log\0" + organization_id.bytes).digest()


def entry_hash(fact: Fact, previous: bytes) -> bytes:
    """The hash of an entry that follows `previous`."""
    content = {
        "organization_id": str(fact.organization_id),
        "sequence": fact.sequence,
        "action": fact.action,
        "actor_kind": fact.actor_kind,
        "actor_id": str(fact.actor_id or ""),
        "resource_type": fact.resource_type,
        "resource_id": fact.resource_id,
        "before": fact.before,
        "after": fact.after,
        "request_id": fact.request_id,
        "address": fact.address,
        "create_time": fact.create_time.isoformat(),
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(previous + canonical.encode()).digest()


class Verifier:
    """Walks a log from its first entry on and stops at the first problem."""

    def __init__(self, organization_id: UUID) -> None:
        """Begin before the first entry."""
        self.sequence = 0
        self.head = genesis(organization_id)
        self.problem = ""
        self.broken_sequence = 0

    def feed(self, fact: Fact, previous: bytes, stored: bytes) -> bool:
        """Check the next entry; False once something is wrong."""
        if self.problem:
            return False
        if fact.sequence != self.sequence + 1:
            return self._broken(self.sequence + 1, "the entry is missing")
        if previous != self.head:
            return self._broken(fact.sequence, "the entry does not follow the one before it")
        if entry_hash(fact, previous) != stored:
            return self._broken(fact.sequence, "the entry was altered")
        self.sequence, self.head = fact.sequence, stored
        return True

    def finish(self, head_sequence: int, head: bytes) -> bool:
        """Compare the end with what the log says of itself."""
        if self.problem:
            return False
        if self.sequence < head_sequence:
            return self._broken(self.sequence + 1, "the end of the log is missing")
        if (self.sequence, self.head) != (head_sequence, head):
            return self._broken(self.sequence, "the log goes on past its recorded end")
        return True

    def compare(self, sequence: int, stored: bytes, *, checkpoint: bytes) -> bool:
        """Compare an entry with what a checkpoint says that it was."""
        if self.problem:
            return False
        return stored == checkpoint or self._broken(sequence, "the log was written anew since the checkpoint")

    def lost(self, sequence: int) -> None:
        """Note that entries which a checkpoint knows are gone from the end."""
        if not self.problem:
            self._broken(sequence, "the end of the log is missing since the checkpoint")

    def _broken(self, sequence: int, problem: str) -> bool:
        self.broken_sequence, self.problem = sequence, problem
        return False
