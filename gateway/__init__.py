"""Envoy in front of the suite: its typed configuration and its runner."""
