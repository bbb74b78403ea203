"""Every SQL statement of the service, a file per resource."""
