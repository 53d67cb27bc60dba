"""The migrations of notices."""
