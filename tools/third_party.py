"""Take the third-party .proto sources out of pinned packages into third_party/proto (ignored by git).

Why not commit copies: a copy drifts from the package whose generated code we import. google/* comes from the
installed googleapis-common-protos; buf/validate from the sdist of protovalidate named in requirements/protos.txt
(no wheel carries it), fetched once with its hash checked.

Usage: python tools/third_party.py   (in the code generation environment; needs `pip` on PATH as PIP or python -m pip)
"""

import importlib.metadata
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "third_party" / "proto"
LOCK = ROOT / "requirements" / "protos.txt"
GOOGLE = (
    "google/api/annotations.proto",
    "google/api/field_behavior.proto",
    "google/api/http.proto",
    "google/api/httpbody.proto",
    "google/rpc/code.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
    "google/type/date.proto",
    "google/type/dayofweek.proto",
    "google/type/interval.proto",
    "google/type/latlng.proto",
    "google/type/money.proto",
    "google/type/timeofday.proto",
)
VALIDATE = "buf/validate/validate.proto"


def google_sources() -> None:
    files = {str(f): f for f in importlib.metadata.files("googleapis-common-protos") or ()}
    todo, done = list(GOOGLE), set[str]()
    while todo:
        name = todo.pop()
        if name in done or name.startswith("google/protobuf/"):
            continue
        done.add(name)
        text = files[name].locate().read_text()  # type: ignore[attr-defined]
        target = TARGET / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        todo += [line.split('"')[1] for line in text.splitlines() if line.startswith("import ")]


def validate_source(pip: list[str]) -> None:
    target = TARGET / VALIDATE
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                *pip,
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
                "--require-hashes",
                "-r",
                str(LOCK),
                "-d",
                folder,
            ],
            check=True,
        )
        (archive,) = pathlib.Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            member = next(m for m in tar.getmembers() if m.name.endswith("upstream/proto/" + VALIDATE))
            source = tar.extractfile(member)
            assert source is not None
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())


def main() -> None:
    stamp, wanted = TARGET.parent / ".stamp", LOCK.read_text() + pathlib.Path(__file__).read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(TARGET, ignore_errors=True)
    google_sources()
    validate_source(os.environ.get("PIP", f"{sys.executable} -m pip").split())
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
