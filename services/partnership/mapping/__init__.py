"""Rows to messages and back."""
