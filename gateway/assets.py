"""The files that Envoy reads and serves: descriptors, the OpenAPI description, and the API browser.

The browser is Swagger UI out of a package, so that looking at the API needs no address but ours.
"""

import shutil
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTOR = "doorstep.binpb"
# Scripts and styles from here only; Swagger UI sets styles on elements and draws its icons from data addresses.
BROWSER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Doorstep API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <div id="browser"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
"""
START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#browser", deepLinking: true, persistAuthorization: true, tryItOutEnabled: true,
  displayRequestDuration: true, filter: true, validatorUrl: null,
});
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A file and the paths that serve it."""

    file: str
    paths: tuple[str, ...]
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


_HOUR = {"cache-control": "public, max-age=3600"}
PAGES = (
    Page("openapi.json", ("/openapi.json", "/api/v1/openapi.json"), "application/json"),
    Page(
        "index.html",
        ("/docs", "/docs/", "/api/v1/docs"),
        "text/html; charset=utf-8",
        {"content-security-policy": BROWSER_POLICY},
    ),
    Page("start.js", ("/docs/start.js",), "application/javascript", _HOUR),
    Page("swagger-ui-bundle.js", ("/docs/swagger-ui-bundle.js",), "application/javascript", _HOUR),
    Page("swagger-ui.css", ("/docs/swagger-ui.css",), "text/css; charset=utf-8", _HOUR),
)


def descriptor() -> bytes:
    """The descriptor set of the generated code."""
    return (ROOT / "gen" / "descriptors" / DESCRIPTOR).read_bytes()


def write(folder: Path, image: bytes) -> None:
    """Put all files into `folder`, which is made when absent; `image` is the descriptor set."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DESCRIPTOR).write_bytes(image)
    shutil.copyfile(ROOT / "gen" / "openapi" / "doorstep.json", folder / "openapi.json")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "start.js").write_text(START, encoding="utf-8")
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        source = resources.files("swagger_ui").joinpath("static", name)
        (folder / name).write_bytes(source.read_bytes())
