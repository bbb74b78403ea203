"""What a process does besides answering, on behalf of all its services: relaying, consuming, working off jobs."""

from collections.abc import Awaitable, Callable, Sequence

from services.chassis.app import App, Resources

Work = Callable[[], Awaitable[None]]


def background_of(resources: Resources, apps: Sequence[App]) -> list[Work]:
    """The coroutine functions to run while the process serves."""
    return []
