"""Background work that must not be lost."""
