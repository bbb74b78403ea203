"""Who is there after `doorstep seed`: one organisation and its people, with fixed ids so that services agree on them.

Development only. The password is public, therefore seeding is refused in production. A service that has something to
show keeps it in `services/<name>/seed.py`:

    async def seed(resources: Resources) -> None

which is called at every start of the suite, in the order of the registry, and must do nothing the second time.
"""

from dataclasses import dataclass
from uuid import UUID

PASSWORD = "walk-in-before-you-visit"  # noqa: S105 - public on purpose, see above
ORGANIZATION_ID = UUID("01900000-0000-7000-8000-000000000001")
ORGANIZATION_NAME = "Doorstep Demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in with `PASSWORD`."""

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
        )
    )
)
