"""Killed processes and hostile callers. Each checker has a control, a build without the defence, that must fail."""
