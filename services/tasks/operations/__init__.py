"""The rules of looking at background work and steering it."""
