"""Whom a server runs as. PostgreSQL refuses to run as root, and no other server needs to."""

import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from services.stack.errors import StackError


class User(NamedTuple):
    """A numeric user and group."""

    uid: int
    gid: int


def server_user() -> User | None:
    """Return `nobody` when we are root, else None: servers then run as we do.

    Raises:
        StackError: root on a machine without the user `nobody`.
    """
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise StackError(
            "PostgreSQL refuses to run as root and this machine has no user `nobody`: "
            "start as another user, or set DOORSTEP_DATABASE_URL and DOORSTEP_REDIS_URL"
        ) from None
    return User(nobody.pw_uid, nobody.pw_gid)


def can_enter(path: Path, user: User) -> bool:
    """Whether `user` may pass through `path` and every folder above it, by their permission bits."""
    for folder in (path, *path.parents):
        status = folder.stat()
        needed = stat.S_IXOTH
        if status.st_uid == user.uid:
            needed = stat.S_IXUSR
        elif status.st_gid == user.gid:
            needed = stat.S_IXGRP
        if not status.st_mode & needed:
            return False
    return True


def shared_folder(user: User) -> Path:
    """Return a folder for temporary files in which `user` can reach what we make.

    Raises:
        StackError: none of the usual places will do.
    """
    for candidate in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")):  # noqa: S108
        if candidate.is_dir() and os.access(candidate, os.W_OK | os.X_OK) and can_enter(candidate.resolve(), user):
            return candidate.resolve()
    raise StackError("PostgreSQL cannot start as `nobody`: no folder for temporary files is open to it")
