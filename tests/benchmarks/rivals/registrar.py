"""What stands around outreach where only outreach is measured: an identity that knows all, and who sends events."""

from typing import Any

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from services.chassis.app import App, Resources
from tests.fixtures.identity import Identity


class Registrar(user_service_pb2_grpc.UserServiceServicer):  # type: ignore[misc]
    """Answers ResolveUsers for any id."""

    async def ResolveUsers(self, request: Any, context: Any) -> user_service_pb2.ResolveUsersResponse:
        return user_service_pb2.ResolveUsersResponse(
            users=[
                user_service_pb2.ResolvedUser(
                    user_id=user_id,
                    display_name="Ada Agent",
                    email="ada@example.com",
                    language_code="en",
                    time_zone="UTC",
                )
                for user_id in request.user_ids
            ]
        )


def identity(resources: Resources) -> App:
    """Every session is live, everybody has an account."""
    app = Identity().build(resources)
    return app.add(user_service_pb2_grpc.add_UserServiceServicer_to_server, Registrar())


def partnership(_resources: Resources) -> App:
    """Serves nothing; its outbox is relayed."""
    return App("partnership")
