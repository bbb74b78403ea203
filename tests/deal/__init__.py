"""Tests of the deal service."""
