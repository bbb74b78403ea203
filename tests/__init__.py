"""Tests: what goes where stands in tests/README.md."""
