"""What may wait for one watcher."""

import asyncio

from services.chassis.watching import QUEUE, QUEUE_BYTES, Watcher


class TestWaiting:
    def test_bounded_in_bytes(self) -> None:
        watcher: Watcher[dict[int, int]] = Watcher()
        message = bytes(QUEUE_BYTES // 4)
        for n in range(4):
            watcher.put(({0: n}, message))
        assert not watcher.slow
        watcher.put(({0: 4}, b"x"))
        assert watcher.slow
        assert len(list(watcher.take())) == 4

    def test_bounded_in_number(self) -> None:
        watcher: Watcher[dict[int, int]] = Watcher()
        for n in range(QUEUE):
            watcher.put(({0: n}, b""))
        assert not watcher.slow
        watcher.put(None)
        assert watcher.slow

    def test_one_message_may_be_larger(self) -> None:
        watcher: Watcher[dict[int, int]] = Watcher()
        watcher.put(({}, bytes(QUEUE_BYTES + 1)))
        assert not watcher.slow
        assert len(list(watcher.take())) == 1
        watcher.put(({}, bytes(QUEUE_BYTES + 1)))
        assert not watcher.slow

    async def test_woken(self) -> None:
        watcher: Watcher[dict[int, int]] = Watcher()
        waiting = asyncio.create_task(watcher.wait())
        await asyncio.sleep(0)
        watcher.wake()
        await asyncio.wait_for(waiting, 5)
        assert watcher.idle
