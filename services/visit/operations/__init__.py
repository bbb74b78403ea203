"""The rules, one file per resource."""
