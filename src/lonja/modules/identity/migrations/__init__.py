"""Migrations of the identity database, run by Alembic."""
