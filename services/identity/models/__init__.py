"""The tables of identity, one module per resource."""
