"""Tables, a file per resource."""
