"""`doorstep mailbox`, for whoever develops: the mails and text messages that would have been sent.

Where the settings come from: `services/chassis/operating.py`.
"""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from services.chassis import operating

if TYPE_CHECKING:
    from services.chassis.app import Resources

__all__ = ["COMMANDS"]

mailbox = typer.Typer(help="Mails and text messages that would have been sent.", invoke_without_command=True)
COMMANDS = {"mailbox": mailbox}


@mailbox.callback()
def show(
    to: Annotated[str, typer.Option(help="Only to this address or telephone number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many, the newest first.")] = 20,
) -> None:
    """Print mails and text messages, one JSON object per line; this is how a link reaches whoever asked for it.

    Refused where mail is sent, and in production, where links are nobody's but their recipients'.
    """
    from services.chassis.actor import SYSTEM
    from services.chassis.paging import Page
    from services.outreach.operations.delivery import list_mailbox_messages

    async def run(resources: "Resources") -> None:
        if resources.settings.production or resources.settings.smtp_url is not None:
            print("error: no mailbox is kept in production, nor where mail is sent", file=sys.stderr)
            raise typer.Exit(1)
        async with resources.database("outreach").read(SYSTEM) as tx:
            found = await list_mailbox_messages(tx, Page(limit, None, lambda _after: ""), None, to)
        for row in found.items:
            shown = {"createTime": row.create_time.isoformat(), "channel": row.channel, "recipient": row.recipient}
            print(
                json.dumps(
                    {**shown, "subject": row.subject, "text": row.body, "calendar": row.calendar}, ensure_ascii=False
                )
            )

    operating.run(run)
