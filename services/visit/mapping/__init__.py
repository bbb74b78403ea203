"""Rows to messages and back, one file per resource."""
