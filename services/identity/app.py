"""Composition root of identity: settings and resources in, servicers and housekeeping out."""

from doorstep.identity.v1 import (
    api_key_service_pb2_grpc,
    audit_service_pb2_grpc,
    auth_service_pb2_grpc,
    invitation_service_pb2_grpc,
    message_service_pb2_grpc,
    organization_service_pb2_grpc,
    role_service_pb2_grpc,
    session_service_pb2_grpc,
    team_service_pb2_grpc,
    user_service_pb2_grpc,
)
from services.chassis.app import App, Resources
from services.chassis.periodic import every
from services.chassis.settings import Environment
from services.identity.access_tokens import AccessTokenIssuer
from services.identity.checkpoints import Checkpoints
from services.identity.jobs import EVERY, Housekeeping
from services.identity.lockout import Turnstile
from services.identity.notifier import TableNotifier
from services.identity.passwords import Passwords
from services.identity.servicer.api_key import ApiKeyServicer
from services.identity.servicer.audit import AuditServicer
from services.identity.servicer.auth import AuthServicer
from services.identity.servicer.invitation import InvitationServicer
from services.identity.servicer.message import MessageServicer
from services.identity.servicer.organization import OrganizationServicer
from services.identity.servicer.parts import Parts
from services.identity.servicer.role import RoleServicer
from services.identity.servicer.session import SessionServicer
from services.identity.servicer.team import TeamServicer
from services.identity.servicer.user import UserServicer
from services.identity.subscribers import SUBSCRIBERS


def build(resources: Resources) -> App:
    """Put identity together."""
    settings, ring = resources.settings, resources.key_ring
    database = resources.database("identity")
    # Tests sign in thousands of times; what they prove about hashing, they prove at full cost on its own.
    passwords = Passwords(memory_kib=1024, passes=1) if settings.environment is Environment.TEST else Passwords()
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        passwords=passwords,
        notifier=TableNotifier(),
        issuer=AccessTokenIssuer(ring, settings.issuer),
        checkpoints=Checkpoints(ring, settings.issuer),
        turnstile=Turnstile(),
    )

    async def close() -> None:
        passwords.close()

    housekeeping = Housekeeping(database, resources.clock)
    app = App(
        "identity",
        subscribers=SUBSCRIBERS,
        jobs=[housekeeping.job()],
        background=[every(EVERY.total_seconds(), housekeeping.once)],
        on_close=[close],
    )
    app.add(auth_service_pb2_grpc.add_AuthServiceServicer_to_server, AuthServicer(parts, ring, settings.public_url))
    app.add(user_service_pb2_grpc.add_UserServiceServicer_to_server, UserServicer(parts))
    app.add(organization_service_pb2_grpc.add_OrganizationServiceServicer_to_server, OrganizationServicer(parts))
    app.add(team_service_pb2_grpc.add_TeamServiceServicer_to_server, TeamServicer(parts))
    app.add(role_service_pb2_grpc.add_RoleServiceServicer_to_server, RoleServicer(parts))
    app.add(invitation_service_pb2_grpc.add_InvitationServiceServicer_to_server, InvitationServicer(parts))
    app.add(session_service_pb2_grpc.add_SessionServiceServicer_to_server, SessionServicer(parts))
    app.add(api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server, ApiKeyServicer(parts))
    app.add(audit_service_pb2_grpc.add_AuditServiceServicer_to_server, AuditServicer(parts))
    app.add(message_service_pb2_grpc.add_MessageServiceServicer_to_server, MessageServicer(parts))
    return app
