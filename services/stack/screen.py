"""What `doorstep up` shows: a line for each event, and one table when everything serves."""

import contextlib

from rich.console import Console
from rich.table import Table

from services.chassis.demo import PEOPLE, SignIns
from services.stack.supervisor import Addresses


class Screen:
    """Writes to standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def say(self, line: str) -> None:
        """Show one event. A terminal that is gone, or a file on a full disk, takes none: the suite goes on without."""
        with contextlib.suppress(OSError):
            self._console.print(line, markup=False)

    def ready(self, addresses: Addresses, *, demo: bool) -> None:
        """Show where everything is, who can sign in, and what to try."""
        url = addresses.public_url
        table = Table(title="Doorstep serves", title_justify="left", show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        table.add_row("JSON, gRPC, gRPC-Web", url)
        table.add_row("API browser", f"{url}/docs")
        table.add_row("OpenAPI", f"{url}/openapi.json")
        table.add_row("health", f"{url}/readyz")
        table.add_row("operators", addresses.admin_url)
        table.add_row("workers (gRPC)", ", ".join(addresses.workers))
        table.add_row("metrics", ", ".join(addresses.metrics))
        table.add_row("PostgreSQL", addresses.postgres)
        table.add_row("Redis", addresses.redis)
        table.add_row("logs", str(addresses.logs))
        sign_ins = SignIns.read(addresses.sign_ins) if demo else None
        if sign_ins is not None:
            table.add_section()
            for person in PEOPLE:
                # Shown by the start that made them; later starts only say where they are.
                shown = sign_ins.passwords[person.email] if addresses.new_sign_ins else ""
                table.add_row(f"sign in as {person.role}", f"{person.email}  {shown}")
            table.add_row("passwords, device key", str(addresses.sign_ins))
        self._console.print(table)
        # Below the table, where a terminal does not break lines: to be copied.
        if sign_ins is not None:
            password = sign_ins.passwords[PEOPLE[0].email] if addresses.new_sign_ins else "..."
            body = f'{{"email":"{PEOPLE[0].email}","password":"{password}"}}'
            login = f"curl -s {url}/api/v1/auth/login -H 'content-type: application/json' -d '{body}'"
            pick = r"""sed 's/.*"accessToken":"\([^"]*\)".*/\1/'"""
            self.say(f"Try:   TOKEN=$({login} | {pick})")
            self.say(f'       curl -s {url}/api/v1/auth/me -H "authorization: Bearer $TOKEN"')
        self.say("Stop:  Ctrl-C")
