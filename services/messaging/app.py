"""Composition root of messaging: resources in, the servicer, the followers of conversations and the subscribers out."""

from doorstep.messaging.v1 import conversation_service_pb2_grpc
from services.chassis.app import App, Resources
from services.chassis.directory import Directory
from services.chassis.names import Names
from services.chassis.redis import connect_for_streams
from services.messaging.peers import IdentityUsers, PropertyListings
from services.messaging.servicer.conversation import ConversationServicer
from services.messaging.servicer.inbox import Inboxes
from services.messaging.servicer.parts import Parts
from services.messaging.servicer.watch import Followers
from services.messaging.subscribers import subscribers


def build(resources: Resources) -> App:
    """Put messaging together."""
    database = resources.database("messaging")
    directory = Directory(resources.peers)
    streams = connect_for_streams(resources.settings.redis_url.get_secret_value())
    inboxes = Inboxes(database, resources.clock, resources.draining)
    followers = Followers(database, streams, resources.clock, resources.draining, inboxes)
    parts = Parts(
        database=database,
        clock=resources.clock,
        page_tokens=resources.page_tokens,
        users=IdentityUsers(directory),
        listings=PropertyListings(directory),
        names=Names(directory),
        followers=followers,
        inboxes=inboxes,
    )
    app = App(
        "messaging",
        subscribers=subscribers(resources.clock),
        background=[followers.listen, followers.beat, followers.drain, inboxes.beat, inboxes.drain],
        on_close=[followers.close],
    )
    app.add(conversation_service_pb2_grpc.add_ConversationServiceServicer_to_server, ConversationServicer(parts))
    return app
