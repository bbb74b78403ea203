"""Records visits in VR, so that a lost connection loses nothing.

batch.py    collects events and samples into one part
outbox.py   keeps parts until they are acknowledged, and says which to send
stream.py   connects, sends, reconnects
writer.py   what the caller holds
blocking.py the same for code that blocks
"""

from doorstep_client.vr.stream import Limits
from doorstep_client.vr.writer import Progress, SessionWriter, Vr

__all__ = ["Limits", "Progress", "SessionWriter", "Vr"]
