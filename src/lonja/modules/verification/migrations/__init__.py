"""Migrations of the database of verification."""
