"""Work that is done again and again."""

import asyncio

import pytest

from services.chassis.periodic import every


async def test_at_once_and_again_and_a_fault_ends_it() -> None:
    done: list[int] = []

    async def work() -> None:
        """Tidy."""
        done.append(1)
        if len(done) == 3:
            raise ValueError("the third time")

    run = every(0, work)
    assert run.__qualname__ == work.__qualname__, "logs name it"
    with pytest.raises(ValueError, match="the third time"):
        await asyncio.wait_for(run(), 10)
    assert len(done) == 3
