"""Tests of the visit service."""
