"""Compare the contracts with another revision (WIRE_JSON) and fail on a breaking change.

Usage: python tools/breaking.py [REVISION]   (default: main)

Why not `buf breaking` alone: on the first commit, in a shallow clone, or on the revision itself there is nothing to
compare with, and buf answers that with an error; here it is said in one line. The third-party protos are no part of
a commit, so both sides are built as images first.
"""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = '{"version": "v2", "breaking": {"use": ["WIRE_JSON"]}}'
BUF = str(pathlib.Path(sys.executable).parent / "buf")


def has_contracts(revision: str) -> bool:
    shown = subprocess.run(
        ["git", "ls-tree", "-d", "--name-only", revision, "proto"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.returncode == 0 and shown.stdout.strip() == "proto"


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "main"
    revision = next((r for r in (wanted, f"origin/{wanted}") if has_contracts(r)), None)
    if revision is None:
        print(f"breaking: no contracts at {wanted!r} to compare with")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        old = pathlib.Path(folder)
        archive = subprocess.run(
            ["git", "archive", revision, "proto", "buf.yaml"], cwd=ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x"], cwd=old, input=archive.stdout, check=True)
        (old / "third_party").symlink_to(ROOT / "third_party")
        images = {}
        for name, root in (("old", old), ("new", ROOT)):
            images[name] = str(old / f"{name}.binpb")
            subprocess.run([BUF, "build", "-o", images[name]], cwd=root, check=True)
        command = [BUF, "breaking", images["new"], "--against", images["old"], "--config", RULES]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
