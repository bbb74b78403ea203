"""The suite on one machine: its servers, its supervisor, its commands."""
