"""Write the VR contracts without their options, for code generators of game engines.

Usage: python tools/unreal_protos.py FOLDER

TurboLink generates code for every file that is imported, so the files that only carry options (access rules, HTTP
paths, validation) must go, and the options with them. Messages, numbers, names and comments stay as they are; a test
compiles the outcome and compares it with the contracts.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "proto" / "doorstep" / "vr" / "v1"
KEPT_IMPORTS = ("doorstep/vr/", "google/protobuf/timestamp.proto", "google/protobuf/duration.proto")


def strip(source: str) -> str:
    """Remove options and the imports that carry them."""
    lines: list[str] = []
    depth = 0  # of brackets within an option that is being left out
    for line in source.splitlines():
        code = re.sub(r'"[^"]*"', '""', line.split("//")[0])  # brackets in texts and comments do not count
        if depth:
            depth += sum(map(code.count, "[({")) - sum(map(code.count, "])}"))
            continue
        imported = re.match(r'import "([^"]+)";', line)
        if imported and not imported[1].startswith(KEPT_IMPORTS):
            continue
        if re.match(r"\s*option ", code):
            depth = sum(map(code.count, "[({")) - sum(map(code.count, "])}"))
            continue
        option = code.find(" [")
        if option >= 0:
            rest = code[option:]
            depth = sum(map(rest.count, "[({")) - sum(map(rest.count, "])}"))
            line = line[:option] + ";"  # noqa: PLW2901
        lines.append(line)
    text = "\n".join(lines) + "\n"
    text = re.sub(r"(rpc [^\n{]+) \{\n\s*\}", r"\1;", text)
    return re.sub(r"\n{3,}", "\n\n", text)


def main(folder: pathlib.Path) -> None:
    """Write every file below `folder`, in the folders of their package."""
    target = folder / "doorstep" / "vr" / "v1"
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(SOURCES.glob("*.proto")):
        (target / source.name).write_text(strip(source.read_text()))
        print(target / source.name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
