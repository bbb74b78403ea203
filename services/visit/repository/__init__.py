"""All SQL, one file per resource."""
