"""Rows and answers as messages: `vr` for headsets, `read` for those who look."""
