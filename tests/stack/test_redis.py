"""Redis of the machine or from the wheel."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from services.stack import redis as stack_redis
from services.stack.errors import StackError
from services.stack.redis import RedisServer

Start = Callable[..., RedisServer]


def test_it_asks_for_its_password_on_loopback_alone(private_redis: Start) -> None:
    server = private_redis()
    with redis.Redis(port=server.port) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with redis.Redis.from_url(server.url()) as client:
        assert client.ping()
        assert client.config_get("save") == {"save": ""}
    process = psutil.Process(server.pid)
    assert {c.laddr.ip for c in process.net_connections(kind="inet") if c.status == "LISTEN"} == {"127.0.0.1"}
    assert server.url().partition("@")[0].rpartition(":")[2] not in str(process.cmdline())


def test_a_taken_port_is_named(private_redis: Start) -> None:
    first = private_redis()
    with pytest.raises(StackError, match=rf"Redis cannot start: port {first.port} is taken"):
        private_redis(port=first.port)


def test_it_comes_back_on_its_port_after_a_kill(private_redis: Start) -> None:
    server = private_redis()
    port = server.port
    server.kill()
    server.start()
    assert server.port == port
    with redis.Redis.from_url(server.url()) as client:
        assert client.ping()


def test_a_server_that_does_not_run_or_is_too_old_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, old = tmp_path / "redis-server", tmp_path / "valkey-server"
    broken.write_text("#!/bin/sh\nexit 1\n")
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.14 sha=0 bits=64'\n")
    broken.chmod(0o755)
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    stack_redis.executable.cache_clear()
    try:
        found = stack_redis.executable()
    finally:
        stack_redis.executable.cache_clear()
    assert Path(found).parent != tmp_path
    assert subprocess.run([found, "--version"], check=False).returncode == 0


def test_no_server_at_all_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_redis, "_candidates", lambda: iter(()))
    stack_redis.executable.cache_clear()
    try:
        with pytest.raises(StackError, match="no redis-server or valkey-server"):
            stack_redis.executable()
    finally:
        stack_redis.executable.cache_clear()
