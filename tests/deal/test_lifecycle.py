"""The pictures of README are the tables of the code."""

import re
from pathlib import Path

import pytest

import services.deal
from services.chassis.lifecycle import Lifecycle
from services.deal import lifecycle

TABLES = {name: value for name, value in vars(lifecycle).items() if isinstance(value, Lifecycle)}
UNDRAWN = {"RECONCILIATION_LIFECYCLE"}
"""Two arrows, which a sentence says as well."""


def pictures() -> list[set[str]]:
    readme = Path(services.deal.__file__).with_name("README.md").read_text()
    return [set(re.findall(r"\w+ --> \w+: \w+", one)) for one in re.findall(r"```mermaid\n(.*?)```", readme, re.S)]


@pytest.mark.parametrize("name", sorted(TABLES.keys() - UNDRAWN))
def test_each_table_has_its_picture(name: str) -> None:
    assert set(re.findall(r"\w+ --> \w+: \w+", TABLES[name].mermaid())) in pictures()


def test_there_is_no_other_picture() -> None:
    assert len(pictures()) == len(TABLES) - len(UNDRAWN)
