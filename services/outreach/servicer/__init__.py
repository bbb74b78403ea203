"""Transport, a file per proto service."""
