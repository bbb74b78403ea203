"""Refresh tokens and API keys as strings."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.ids import new_id
from services.identity.secret_tokens import (
    KeyPrefix,
    Use,
    hash_token,
    judge_use,
    new_key,
    new_salt,
    new_token,
    parse_key,
    shown_prefix,
    successor,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class TestRefresh:
    def test_the_successor_is_the_same_each_time(self) -> None:
        token, salt = new_token(), new_salt()
        assert successor(token, salt) == successor(token, salt)
        assert len(successor(token, salt)) == len(token) == 43

    def test_neither_half_alone_tells_the_successor(self) -> None:
        token, salt = new_token(), new_salt()
        assert len({successor(token, salt), successor(token, new_salt()), successor(new_token(), salt)}) == 3

    @pytest.mark.parametrize(
        ("used_seconds_ago", "successor_used", "use"),
        [
            (None, False, Use.FIRST),
            (0, False, Use.REPEATED),
            (10, False, Use.REPEATED),
            (11, False, Use.REUSED),
            (1, True, Use.REUSED),
        ],
    )
    def test_uses(self, used_seconds_ago: int | None, successor_used: bool, use: Use) -> None:
        used_time = None if used_seconds_ago is None else NOW - timedelta(seconds=used_seconds_ago)
        assert judge_use(used_time=used_time, successor_used=successor_used, now=NOW) is use


class TestKeys:
    @pytest.mark.parametrize("prefix", list(KeyPrefix))
    def test_what_is_made_can_be_read(self, prefix: KeyPrefix) -> None:
        key_id = new_id()
        key, secret_hash = new_key(prefix, key_id)
        parsed = parse_key(key)
        assert parsed is not None
        assert (parsed.prefix, parsed.key_id, parsed.secret_hash) == (prefix, key_id, secret_hash)
        assert hash_token(key) != secret_hash

    @pytest.mark.parametrize("key_id", [UUID(int=0), UUID(int=(1 << 128) - 1)])
    def test_ids_at_the_ends(self, key_id: UUID) -> None:
        parsed = parse_key(new_key(KeyPrefix.SERVER, key_id)[0])
        assert parsed is not None
        assert parsed.key_id == key_id

    def test_what_is_shown_does_not_open(self) -> None:
        key_id = new_id()
        assert len(shown_prefix(KeyPrefix.DEVICE, key_id)) == 18
        assert parse_key(shown_prefix(KeyPrefix.DEVICE, key_id)) is None

    def test_one_wrong_character_is_found(self) -> None:
        key, _ = new_key(KeyPrefix.SERVER, new_id())
        for n in range(len(key)):
            other = key[:n] + ("a" if key[n] != "a" else "b") + key[n + 1 :]
            assert parse_key(other) is None

    @given(st.text(max_size=120))
    def test_anything_else_is_nothing(self, text: str) -> None:
        assert parse_key(text) is None
        assert parse_key(KeyPrefix.SERVER + text) is None
