"""What keeps the house in order, checked."""
