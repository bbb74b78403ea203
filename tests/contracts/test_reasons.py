"""Every reason is documented with an example, has a class, and the two say the same."""

import importlib
import importlib.util
import inspect
import json
import re
from functools import cache

import pytest
from google.protobuf import descriptor_pool

from services import registry
from services.chassis import errors as chassis_errors
from services.chassis.errors import DoorstepError
from tests.contracts.walk import PROTO, Rpc, files, rpcs

ANSWERED_IN_BAND = {
    "telemetry": "reasons of single events stand in acknowledgements (partial success), they end no call",
    "vr": "likewise",
}


@cache
def documented(package: str) -> dict[str, tuple[str, str]]:
    """Reason → (what its comment says, its example), out of `error_reason.proto`."""
    path = PROTO / "doorstep" / package / "v1" / "error_reason.proto"
    if not path.exists():
        return {}
    found = {}
    for comment, name in re.findall(r"((?: *//.*\n)+) *ERROR_REASON_([A-Z_]+) = [1-9]\d*;", path.read_text()):
        lines = [line.strip().removeprefix("//").strip() for line in comment.splitlines()]
        said, _, example = "\n".join(lines).partition("Example:")
        found[name] = (said.strip(), " ".join(example.split()))
    return found


@cache
def classes(service: str) -> dict[str, type[DoorstepError]]:
    """Reason → class, out of `services/<service>/errors.py`."""
    module = chassis_errors if service == "errors" else importlib.import_module(f"services.{service}.errors")
    return {
        cls.reason: cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, DoorstepError) and cls.__module__ == module.__name__ and "reason" in vars(cls)
    }


def _services() -> list[str]:
    return ["errors", *(name for name in registry.NAMES if importlib.util.find_spec(f"services.{name}.errors"))]


REASONS = [(package, reason) for package in ("errors", *registry.NAMES) for reason in documented(package)]


def test_there_are_some() -> None:
    assert len(REASONS) > 40


@pytest.mark.parametrize(("package", "reason"), REASONS)
class TestEvery:
    def test_has_an_example_that_is_one(self, package: str, reason: str) -> None:
        said, example = documented(package)[reason]
        assert re.match(r"[A-Z_]+( or [A-Z_]+)*[.,:;]? ", said), f"begins with its code: {said}"
        data = json.loads(example)
        assert data["reason"] == reason
        assert data["domain"] == "doorstep"
        assert all(isinstance(value, str) for value in data["metadata"].values())

    def test_is_an_enum_value(self, package: str, reason: str) -> None:
        files()
        enum = descriptor_pool.Default().FindEnumTypeByName(f"doorstep.{package}.v1.ErrorReason")
        assert f"ERROR_REASON_{reason}" in enum.values_by_name

    def test_its_code_is_the_documented_one(self, package: str, reason: str) -> None:
        cls = classes(package).get(reason) if package in _services() else None
        if cls is None:
            assert package == "errors" or package in ANSWERED_IN_BAND or package not in _services(), (
                "no class raises it"
            )
            return
        said, _ = documented(package)[reason]
        assert cls.code.name in re.findall(r"[A-Z_]{5,}", said.split(".")[0]), (cls, said)


@pytest.mark.parametrize("service", _services())
def test_every_class_is_documented(service: str) -> None:
    known = set(documented(service)) | set(documented("errors"))
    assert set(classes(service)) - known == set()


@pytest.mark.parametrize("service", _services())
def test_messages_hold_no_value(service: str) -> None:
    for cls in classes(service).values():
        assert "{" not in cls.message
        assert "%" not in cls.message
        assert 5 < len(cls.message) < 200


@pytest.mark.parametrize("rpc", rpcs(), ids=str)
def test_comments_name_reasons_that_exist(rpc: Rpc) -> None:
    known = set(documented("errors")) | set(documented(rpc.package))
    if rpc.package == "vr":
        known |= set(documented("telemetry"))
    values = {
        word
        for file in files()
        for enum in file.enum_type
        for value in enum.value
        for word in (value.name, value.name.removeprefix(_prefix(enum.name)))
    }
    codes = set(_codes())
    for reason in re.findall(r"\(([A-Z][A-Z_]+(?:, [A-Z][A-Z_]+)*)\)", " ".join(rpc.comment.split())):
        for word in reason.split(", "):
            assert word in known | codes | values, f"{rpc}: {word} is no reason"


def _prefix(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper() + "_"


def _codes() -> list[str]:
    return [code.name for code in chassis_errors.Code]
