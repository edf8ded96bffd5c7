"""What happens: the only layer that writes, and the only one that records events."""
