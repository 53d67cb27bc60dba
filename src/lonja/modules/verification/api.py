"""The door of verification: who people are, what institutions are, where money comes from, and screening."""
