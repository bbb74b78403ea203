"""All that a service needs and that would be the same for a bakery.

If a line in this package mentions a house, it is in the wrong package. A mechanism enters when a second service
needs it; no service is imported from here (import-linter enforces it).
"""
