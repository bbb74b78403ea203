"""Public test helpers: a served process in the test's own loop, callers of every kind, and looks into errors."""

from services.chassis.testing.errors import Refusal, overtaken, refused
from services.chassis.testing.harness import Harness, TrustingCredentials

__all__ = ["Harness", "Refusal", "TrustingCredentials", "overtaken", "refused"]
