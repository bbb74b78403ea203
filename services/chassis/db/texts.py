"""Text for Postgres."""

__all__ = ["storable"]


def storable(text: str) -> str:
    """A text that Postgres takes, as text and within JSON: without NUL and halves of surrogate pairs.

    For what others have said and is kept for somebody to read, as the text of an error. What users say is refused
    instead.
    """
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
