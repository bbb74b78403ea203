"""Points at which the fault tests stop the process; nothing happens at them otherwise."""


async def failpoint(name: str) -> None:
    """Reach a named point."""
