"""Tables, one file per resource."""
