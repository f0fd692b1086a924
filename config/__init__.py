"""What one may change without changing behaviour, and the one door it comes through."""
