"""Rules of the house that no linter knows."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from services import registry
from tests.architecture.sources import ROOT, imported, name, python, tracked, tree

LINES = 500
LONGER: dict[str, str] = {}
"""Python files beyond that, with the reason."""

INSIDE = re.compile(
    r"(?:/(?:tmp|root|home|work)/|\.pyenv|site-packages/|\bshared/(?:DESIGN|LEDGER|RELIAB|PERF|LIBR|EXAMP))"
)
MACHINE = {
    "tests/architecture/test_house.py": "this rule",
    "Dockerfile": "paths inside the image",
    "services/stack/privileges.py": "names the system's folders for temporary files, whatever the machine",
}
WORDS = re.compile(r"\b(?:DESIGN\.md|LEDGER\.md|RELIABILITY\.md|ledger row|experiments/perf)\b")

SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\\?n?[A-Za-z0-9+/]{40}|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|xox[bp]-\d"
)


def test_files_fit_on_a_few_screens() -> None:
    long = {name(p): n for p in python() if (n := len(p.read_text().splitlines())) > LINES}
    assert set(long) == set(LONGER), long


def test_no_path_of_a_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in (".py", ".md", ".toml", ".yaml", ".yml", ".proto", ".sh", ".json", ".in", ".txt", "") and (
            name(path) not in MACHINE
        ):
            text = path.read_text(errors="replace")
            found += [f"{name(path)}: {m.group()}" for m in INSIDE.finditer(text) if not _harmless(text, m.start())]
            found += [f"{name(path)}: {m.group()}" for m in WORDS.finditer(text)]
    assert found == []


def _harmless(text: str, at: int) -> bool:
    """Inside a container the paths are the image's own; `/tmp` there and in examples of the system is everybody's."""
    line = text[text.rfind("\n", 0, at) + 1 : text.find("\n", at)]
    return bool(re.search(r"tmpfs|noqa: S108|VOLUME|/home/nonroot|WORKDIR", line))


def test_no_secret_is_committed() -> None:
    assert [name(p) for p in tracked() if SECRETS.search(p.read_text(errors="replace"))] == []


@pytest.mark.parametrize("service", registry.NAMES)
class TestServices:
    def test_has_a_front_page(self, service: str) -> None:
        front = tree(ROOT / "services" / service / "__init__.py")
        said = ast.get_docstring(front) or ""
        assert len(said) > 80
        assert len(front.body) == 1, "a docstring and nothing else"

    def test_keeps_its_layers(self, service: str) -> None:
        """Transport above rules above SQL; nobody looks up."""
        order = ("repository", "operations", "servicer", "app")
        for path in python("services"):
            parts = path.relative_to(ROOT).parts
            if parts[1] != service or len(parts) < 3:
                continue
            layer = parts[2].removesuffix(".py")
            if layer not in order:
                continue
            above = order[order.index(layer) + 1 :]
            for module in imported(path):
                for other in above:
                    assert not module.startswith(f"services.{service}.{other}"), f"{name(path)} imports {module}"

    def test_rules_know_no_transport(self, service: str) -> None:
        for path in python("services"):
            parts = path.relative_to(ROOT).parts
            if (
                parts[1] == service
                and len(parts) > 2
                and parts[2].removesuffix(".py")
                in (
                    "operations",
                    "policy",
                    "lifecycle",
                    "repository",
                    "models",
                    "errors",
                )
            ):
                for module in imported(path):
                    assert module.split(".")[0] not in ("grpc", "grpc_status"), f"{name(path)} imports {module}"
                    assert not module.endswith("_pb2_grpc"), f"{name(path)} imports {module}"

    def test_import_rules_name_it(self, service: str) -> None:
        rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
        module = f"services.{service}"
        chassis, services, gateway = (
            next(r for r in rules if r["name"] == wanted)
            for wanted in (
                "The chassis knows no service",
                "No service imports another",
                "The gateway knows no service",
            )
        )
        assert module in chassis["forbidden_modules"]
        assert module in services["modules"]
        assert module in gateway["forbidden_modules"]


BLOCKING = {
    "time.sleep",
    "requests.get",
    "requests.post",
    "urllib.request.urlopen",
    "subprocess.run",
    "subprocess.check_output",
    "subprocess.check_call",
    "os.system",
    "socket.create_connection",
    "redis.Redis",
    "psycopg.connect",
    "shutil.rmtree",
    "input",
}
WAITS = {
    "time.sleep": {"services/chassis/failpoints.py": "the point that hangs a thread on purpose"},
}


def test_nothing_blocks_the_loop() -> None:
    """Calls that wait, directly inside `async def` of what serves."""
    found = []
    for path in python("services", "gateway"):
        if name(path).startswith(("services/stack/", "services/cli")):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AsyncFunctionDef):
                found += [f"{name(path)}:{call}" for call in _calls(node) if call in BLOCKING]
    assert [f for f in found if f.partition(":")[0] not in WAITS.get(f.partition(":")[2], {})] == []


def _calls(function: ast.AsyncFunctionDef) -> list[str]:
    found, waiting = [], list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue  # runs elsewhere: an executor's work
        if isinstance(node, ast.Call):
            found.append(ast.unparse(node.func))
        waiting += ast.iter_child_nodes(node)
    return found


FORMATTED_SQL = {
    "services/deal/repository/reconciliation.py": "a condition of ours, a constant in two statements; values are "
    "parameters",
    "services/chassis/db/ddl.py": "schema names of ours, in migrations only",
    "services/chassis/db/migrate.py": "schema names of ours",
    "services/chassis/health.py": "schema names of ours",
    "services/chassis/idempotency.py": "the schema's name",
    "services/chassis/events/inbox.py": "the schema's name",
    "services/chassis/events/inspection.py": "names of schemas, as the catalogue knows them",
    "services/chassis/db/outbox.py": "the schema's name",
    "services/chassis/events/relay.py": "the schema's name",
    "services/stack/postgres_access.py": "role and database names of ours",
    "services/chassis/db/hot.py": "the name of a function of ours",
    "services/property/repository/public.py": "a list of columns of ours, a constant",
    "services/property/repository/search.py": "conditions are put together from constants; values are parameters",
    "services/telemetry/repository/opening.py": "states of ours, constants; values are parameters",
    "services/telemetry/repository/parts.py": "conditions are constants; values are parameters",
    "services/telemetry/repository/samples.py": "conditions are constants; values are parameters",
    "services/telemetry/repository/reports.py": "conditions are constants; values are parameters",
    "services/telemetry/repository/query.py": "conditions are put together from constants; values are parameters",
    "services/outreach/repository/notification.py": "names of tables of ours, constants; values are parameters",
    "services/chassis/jobs/inspection.py": "expressions are constants; values are parameters",
}
_SQL = re.compile(
    r"^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|GRANT|REVOKE|SET|TRUNCATE)\b[^.]*\s", re.I
)
_SQL_WORDS = re.compile(r"\b(?:FROM|INTO|WHERE|TABLE|SCHEMA|VALUES|SET|POLICY|JOIN)\b")


def test_sql_is_not_formatted() -> None:
    """An f-string with SQL in it is an injection waiting for its value."""
    found: dict[str, list[int]] = {}
    for path in python("services", "gateway"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.JoinedStr) and any(isinstance(v, ast.FormattedValue) for v in node.values):
                text = "".join(v.value for v in node.values if isinstance(v, ast.Constant) and isinstance(v.value, str))
                if _SQL.match(text) and _SQL_WORDS.search(text):
                    found.setdefault(name(path), []).append(node.lineno)
    assert {path: lines for path, lines in found.items() if path not in FORMATTED_SQL} == {}


def test_sql_stands_in_repositories() -> None:
    found = []
    for path in python("services"):
        parts = path.relative_to(ROOT).parts
        if parts[1] not in registry.NAMES or len(parts) < 3:
            continue
        if parts[2].removesuffix(".py") in ("operations", "servicer", "mapping", "policy", "lifecycle"):
            found += [
                f"{name(path)}:{node.lineno}"
                for node in ast.walk(tree(path))
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("text", "select", "insert", "update", "delete")
                and "sqlalchemy" in " ".join(imported(path))
            ]
    assert found == []


def test_nothing_leaves_the_house_past_the_gate() -> None:
    """One place hands a message to a provider, and what it hands over was admitted by `begin_delivery` before."""
    mailers = [
        name(path)
        for path in python("services")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import) and {a.name for a in node.names} & {"aiosmtplib", "smtplib"}
    ]
    assert mailers == ["services/outreach/channels/smtp.py"]
    calls = {
        (name(path), function.name, ast.unparse(node.func)): node.lineno
        for path in python("services")
        if name(path).startswith("services/outreach/")
        for function in ast.walk(tree(path))
        if isinstance(function, ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
    }
    jobs = "services/outreach/jobs.py"
    assert [call[:2] for call in calls if call[2] == "provider.send"] == [(jobs, "_once")]
    assert [call[:2] for call in calls if call[2] == "self._once"] == [(jobs, "send")]
    assert calls[jobs, "send", "deliveries.begin_delivery"] < calls[jobs, "send", "self._once"]


def test_no_error_is_swallowed_in_silence() -> None:
    """An error that is let go is said to be so, with the reason beside it."""
    found = [
        f"{name(path)}:{node.lineno}"
        for path in python("services", "gateway")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body)
        if "#" not in "".join(path.read_text().splitlines()[node.lineno - 1 : node.body[-1].end_lineno])
    ]
    assert found == []


def test_what_is_cancelled_ends() -> None:
    """In Python 3.11 `asyncio.wait_for` forgets a cancellation that comes just when it is done: what waits by it in a
    loop may go on for ever. `asyncio.timeout` does not.
    """
    found = [
        f"{name(path)}:{node.lineno}"
        for path in python("services", "gateway")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.wait_for"
    ]
    assert found == []


TWICE = {
    "Login": "takes no idempotency key; no transaction is open while the password is hashed",
}
"""RPCs that go on with the database after a transaction."""


def test_a_call_ends_with_its_transaction() -> None:
    """With an idempotency key the commit waits for the answer: what is read afterwards would not see the change."""
    found = []
    for path in python("services"):
        if path.relative_to(ROOT).parts[1] not in registry.NAMES or "servicer" not in path.as_posix():
            continue
        for function in ast.walk(tree(path)):
            if not isinstance(function, ast.AsyncFunctionDef) or function.name in TWICE:
                continue
            calls = sorted(
                (node.lineno, node.func.attr)
                for node in ast.walk(function)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("transaction", "read", "fast_read", "hot")
                and ast.unparse(node.func.value).endswith(("_db", "database"))
                and not any(keyword.arg == "apart" for keyword in node.keywords)
            )
            names = [name_ for _, name_ in calls]
            if "transaction" in names[:-1]:
                found.append(f"{name(path)}: {function.name} {names}")
    assert found == []


UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError\(|not implemented yet", re.I)


def test_nothing_is_called_done_that_is_not() -> None:
    found = [
        f"{name(p)}: {m.group()}"
        for p in python("services", "gateway", "clients")
        for m in UNFINISHED.finditer(p.read_text())
    ]
    assert found == []


AT_IMPORT = {
    "services/__init__.py": "chooses gRPC's listener, which must happen before grpc is imported",
    "services/cli.py": "declares commands",
    "services/chassis/tally.py": "registers a collector, as every metric does by itself, and before those it feeds",
}


def test_imports_start_nothing() -> None:
    for path in python("services", "gateway"):
        if name(path) in AT_IMPORT:
            continue
        for node in tree(path).body:
            assert not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)), f"{name(path)}:{node.lineno}"


README = ROOT / "README.md"


@pytest.mark.skipif(not README.exists(), reason="README.md is not written yet")
class TestReadme:
    def test_its_walk_can_be_walked(self) -> None:
        """Every path and every symbol of "Follow one RPC" exists."""
        text = README.read_text()
        section = re.search(r"^#+ .*Follow one RPC.*?\n(.*?)(?=^#+ |\Z)", text, re.M | re.S)
        assert section, "the section is missing"
        paths: list[Path] = []
        for quoted in re.findall(r"`([^`\n]+)`", section.group(1)):
            if "/" in quoted and re.fullmatch(r"[\w./-]+", quoted) and not quoted.startswith("/"):
                paths.append(ROOT / quoted)
                assert paths[-1].exists(), quoted
        assert len(paths) >= 4
        words = "\n".join(p.read_text() for p in paths if p.is_file())
        for quoted in re.findall(r"`([A-Za-z_][\w.]*)(?:\(\))?`", section.group(1)):
            if not (ROOT / quoted).exists():
                assert quoted.rpartition(".")[2] in words, f"{quoted} stands in none of the files"

    def test_its_links_lead_somewhere(self) -> None:
        broken = [
            f"{name(page)}: {link}"
            for page in tracked()
            if page.suffix == ".md"
            for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
            if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
        ]
        assert broken == []

    def test_its_make_targets_exist(self) -> None:
        makefile = (ROOT / "Makefile").read_text()
        for target in set(re.findall(r"`make ([a-z-]+)", README.read_text())):
            assert re.search(rf"^{target}:", makefile, re.M), target
