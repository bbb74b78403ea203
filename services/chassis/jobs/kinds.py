"""Kinds of jobs that may be started on request: workers say which they can do, others read it.

A kind's payload is described by its own proto files, kept with it. So whoever takes a request checks it by the rules
of the version that will do the work, and needs no code of the service that does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.message import Message
from sqlalchemy import text

from services.chassis.db.database import ReadTransaction
from services.chassis.jobs.definition import Job

__all__ = ["Kind", "find_kind", "list_kinds", "register"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that may be started."""

    name: str
    description: str
    permission: str
    single: bool
    priority: int
    payload: type[Message]


async def register(pool: asyncpg.Pool, jobs: Sequence[Job[Any]]) -> None:
    """Write down the kinds that may be started on request; what other versions wrote is replaced where it differs."""
    found = [(job, job.on_request) for job in jobs if job.on_request is not None]
    if not found:
        return
    await pool.execute(
        """
        INSERT INTO jobs.kinds AS kind (name, description, permission, single, priority, payload_type, payload_files)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bool[], $5::int[], $6::text[], $7::bytea[])
            AS new (name, description, permission, single, priority, payload_type, payload_files)
        ORDER BY name
        ON CONFLICT (name) DO UPDATE SET description = excluded.description, permission = excluded.permission,
            single = excluded.single, priority = excluded.priority, payload_type = excluded.payload_type,
            payload_files = excluded.payload_files, update_time = now()
        WHERE (kind.description, kind.permission, kind.single, kind.priority, kind.payload_type, kind.payload_files)
            IS DISTINCT FROM (excluded.description, excluded.permission, excluded.single, excluded.priority,
                              excluded.payload_type, excluded.payload_files)
        """,
        [job.name for job, _ in found],
        [request.description for _, request in found],
        [request.permission for _, request in found],
        [request.single for _, request in found],
        [int(job.priority) for job, _ in found],
        [job.payload.DESCRIPTOR.full_name for job, _ in found],
        [_files(job.payload) for job, _ in found],
    )


async def list_kinds(tx: ReadTransaction) -> list[Kind]:
    """All of them, by name."""
    rows = await tx.session.execute(text("SELECT * FROM jobs.kinds ORDER BY name"))
    return [_kind(row) for row in rows]


async def find_kind(tx: ReadTransaction, name: str) -> Kind | None:
    """One of them."""
    row = (await tx.session.execute(text("SELECT * FROM jobs.kinds WHERE name = :name"), {"name": name})).one_or_none()
    return None if row is None else _kind(row)


def _kind(row: Any) -> Kind:
    payload = _payload(row.payload_type, bytes(row.payload_files))
    return Kind(row.name, row.description, row.permission, row.single, row.priority, payload)


@lru_cache(maxsize=256)
def _payload(name: str, files: bytes) -> type[Message]:
    """The class of a payload; remembered, because its rules are compiled once per class."""
    pool = descriptor_pool.DescriptorPool()
    for file in FileDescriptorSet.FromString(files).file:
        pool.Add(file)
    found: type[Message] = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    return found


def _files(payload: type[Message]) -> bytes:
    """The file of a message and all that it imports, these first."""
    seen: dict[str, FileDescriptorProto] = {}
    _collect(payload.DESCRIPTOR.file, seen)
    return FileDescriptorSet(file=seen.values()).SerializeToString(deterministic=True)


def _collect(file: Any, seen: dict[str, FileDescriptorProto]) -> None:
    for imported in file.dependencies:
        _collect(imported, seen)
    if file.name not in seen:
        proto = FileDescriptorProto()
        file.CopyToProto(proto)
        seen[file.name] = proto
