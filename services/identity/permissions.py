"""What may be allowed, and the roles that every organisation has. Pure tables: the code of all services reads them.

A permission is a word in an RPC's access rule; a role is a set of them. Organisations add roles of their own.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from services.identity.errors import PermissionEscalation, PermissionUnknown

OPERATE = "platform.operate"
"""Running the platform itself. No role of an organisation can hold it."""
INGEST = "telemetry.ingest"
"""The one permission of headsets."""

CATALOGUE: Mapping[str, str] = MappingProxyType(
    {
        "api_key.manage": "Make, rotate and revoke API keys and device keys",
        "audit.read": "Read and verify the audit log",
        "deal.manage": "Make pipelines, verify documents of deals, move their money and reconcile it",
        "deal.read": "See offers and deals of the organisation",
        "deal.write": "Answer offers for the seller and lead deals",
        "invitation.manage": "Invite people and take invitations back",
        "organization.manage": "Change the organisation itself",
        "property.import": "Import listings in bulk",
        "property.read": "Read properties and listings",
        "property.write": "Make and change properties and listings",
        "role.manage": "Make and change roles",
        "session.read": "Read VR sessions, heat maps and engagement",
        "session.write": "Start and end VR sessions",
        "team.manage": "Make and change teams",
        INGEST: "Send telemetry of VR sessions",
        "telemetry.manage": "Inspect rejected events and the accounting of losses",
        "user.manage": "See members as an administrator, change their roles, unlock and remove them",
        "user.read": "See who belongs to the organisation",
        "visit.manage": "Answer for all visits of the organisation, and let one count without its evidence",
        "visit.read": "See all visits of the organisation and its agents' hours",
        "visit.write": "Say when one receives visits",
    }
)
"""Every permission that a role or key of an organisation may hold, with what it allows."""

ADMIN = "admin"
BUYER = "buyer"
OPERATOR = "operator"

PREDEFINED: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        ADMIN: ("Runs the organisation", frozenset(CATALOGUE)),
        "agent": (
            "Lists homes and shows them",
            frozenset(
                [
                    "deal.read",
                    "deal.write",
                    "property.import",
                    "property.read",
                    "property.write",
                    "session.read",
                    "session.write",
                    "telemetry.ingest",
                    "telemetry.manage",
                    "user.read",
                    "visit.read",
                    "visit.write",
                ]
            ),
        ),
        BUYER: ("Looks for a home", frozenset({"property.read", "session.write"})),
        "finance": (
            "Reconciles money and pays it out",
            frozenset({"deal.manage", "deal.read", "property.read", "user.read"}),
        ),
        "sales": (
            "Follows up on interest",
            frozenset({"deal.read", "property.read", "session.read", "user.read", "visit.read"}),
        ),
        "seller": ("Owns a listed home", frozenset({"property.read", "session.read"})),
        "viewer": ("May look and not touch", frozenset({"property.read", "session.read", "user.read"})),
    }
)
"""The roles that every organisation is made with: description and permissions."""


def require_known(permissions: Iterable[str]) -> None:
    """Refuse names that are not in the catalogue.

    Raises:
        PermissionUnknown
    """
    for permission in sorted(set(permissions) - CATALOGUE.keys()):
        raise PermissionUnknown(metadata={"permission": permission})


def require_held(held: frozenset[str], permissions: Iterable[str]) -> None:
    """Refuse to give away what one does not have.

    Raises:
        PermissionEscalation
    """
    for permission in sorted(set(permissions) - held):
        raise PermissionEscalation(metadata={"permission": permission})
