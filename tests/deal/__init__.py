"""Tests of the property service."""
