"""Generate everything under gen/ and the client's api/ from proto/: offline, deterministic, one command (`make gen`).

Usage: python tools/generate.py [--check]

--check generates into a scratch copy and compares with what is committed; exit code 1 and the list of stale files
when they differ. Runs in the code generation environment (requirements/codegen.txt).
"""

import argparse
import filecmp
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
INPUTS = ("proto", "third_party", "tools", "buf.yaml", "buf.gen.yaml", "buf.gen.client.yaml", "pyproject.toml")
OUTPUTS = ("gen/python", "gen/descriptors", "gen/openapi", "clients/python/doorstep_client/api")
DESCRIPTOR = "gen/descriptors/doorstep.binpb"


def run(root: pathlib.Path, *command: str) -> None:
    bin_folder = str(pathlib.Path(sys.executable).parent)
    environment = dict(os.environ, PATH=bin_folder + os.pathsep + os.environ["PATH"], PYTHONHASHSEED="0")
    subprocess.run(command, cwd=root, env=environment, check=True)


def generate(root: pathlib.Path) -> None:
    """Write all outputs below `root`, which holds the inputs."""
    for output in OUTPUTS:
        shutil.rmtree(root / output, ignore_errors=True)
    (root / DESCRIPTOR).parent.mkdir(parents=True)
    run(root, "buf", "generate", "--template", "buf.gen.yaml")
    # Package markers make the trees importable by tools that do not follow namespace packages (mypy, import-linter).
    python = root / "gen" / "python"
    for folder in sorted(p for p in python.rglob("*") if p.is_dir()):
        (folder / "__init__.py").touch()
    # mypy-protobuf types a _grpc module for every file; those without a service have no module to type.
    for stub in python.rglob("*_pb2_grpc.pyi"):
        if not stub.with_suffix(".py").exists():
            stub.unlink()
    run(root, "buf", "build", "--exclude-source-info", "-o", DESCRIPTOR)
    run(root, "buf", "generate", "--template", "buf.gen.client.yaml")
    run(root, sys.executable, "tools/client_services.py", DESCRIPTOR, "clients/python/doorstep_client/api/services.py")
    openapi = root / "tools" / "openapi.py"
    if openapi.exists():
        (root / "gen" / "openapi").mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            image = os.path.join(folder, "source.binpb")
            run(root, "buf", "build", "-o", image)
            environment = str(python)
            os.environ["PYTHONPATH"] = environment
            run(root, sys.executable, str(openapi), image, "gen/openapi/doorstep.json")


def differences(left: pathlib.Path, right: pathlib.Path) -> list[str]:
    def files(base: pathlib.Path) -> set[pathlib.Path]:
        return {p.relative_to(base) for p in base.rglob("*") if p.is_file() and "__pycache__" not in p.parts}

    both = files(left) & files(right)
    return sorted(
        [str(p) for p in files(left) ^ files(right)]
        + [str(p) for p in both if not filecmp.cmp(left / p, right / p, shallow=False)]
    )


def check() -> int:
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for name in INPUTS:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, scratch / name)
            else:
                shutil.copy2(source, scratch / name)
        generate(scratch)
        stale = [f"{o}/{name}" for o in OUTPUTS for name in differences(ROOT / o, scratch / o)]
    if stale:
        print("generated code is stale; run `make gen` and commit:", *stale[:20], sep="\n  ")
    return 1 if stale else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    sys.exit(check() if parser.parse_args().check else generate(ROOT))
