"""Fixtures for every test: real servers, and a fresh database for whoever asks."""

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.suite"]
