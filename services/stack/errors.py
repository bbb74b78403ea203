"""What goes wrong when the suite starts, in one line each."""


class StackError(Exception):
    """A server or a process cannot start or stop: the text names which and why, on one line, for the terminal."""

    def __init__(self, text: str) -> None:
        super().__init__(" ".join(text.split()))
