"""Who is there after `doorstep seed`: one organisation and its people, with fixed ids so that services agree on them.

Development only; seeding is refused in production. Passwords and the key of the demo headset are random, made once and
kept in the data folder (`SignIns`). A service that has something to show keeps it in `services/<name>/seed.py`:

    async def seed(resources: Resources) -> None

which is called at every start of the suite, in the order of the registry, and must do nothing the second time.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

ORGANIZATION_ID = UUID("01900000-0000-7000-8000-000000000001")
ORGANIZATION_NAME = "Doorstep Demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in; the password stands in `SignIns`."""

    user_id: UUID
    email: str
    given_name: str
    family_name: str
    role: str


PEOPLE = tuple(
    Person(UUID(f"01900000-0000-7000-8000-00000000001{number}"), f"{role}@demo.doorstep.example", given, family, role)
    for number, (role, given, family) in enumerate(
        (
            ("agent", "Ada", "Moreau"),
            ("admin", "Noor", "Haddad"),
            ("seller", "Sven", "Lindqvist"),
            ("buyer", "Bea", "Okafor"),
            ("finance", "Fay", "Nakamura"),
        )
    )
)


@dataclass(frozen=True, slots=True)
class SignIns:
    """What opens the demo organisation: random, made by the first `doorstep seed`, kept in a file of mode 0600."""

    passwords: dict[str, str]
    """By address."""
    device_key: str
    """What the demo headset sends as `x-api-key`."""

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read what was kept; None where nothing was, or what is there cannot be read as such."""
        try:
            found = json.loads(path.read_text())
            return cls(dict(found["passwords"]), str(found["device_key"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, path: Path) -> None:
        """Write the file for its owner alone, whole or not at all."""
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        draft.replace(path)
