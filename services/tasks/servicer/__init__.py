"""Transport: requests in, answers out."""
