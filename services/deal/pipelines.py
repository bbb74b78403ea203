"""The usual pipeline, which an organisation has until it makes its own. Data, no rules."""

from typing import NamedTuple


class UsualStage(NamedTuple):
    """One step of it."""

    display_name: str
    probability: int
    required_document_types: tuple[str, ...]


USUAL_NAME = "Sales"
USUAL_STAGES = (
    UsualStage("Under contract", 40, ()),
    UsualStage("Token paid", 60, ()),
    UsualStage("Documents verified", 80, ("PURCHASE_AGREEMENT",)),
    UsualStage("Closing", 95, ("PURCHASE_AGREEMENT",)),
)
