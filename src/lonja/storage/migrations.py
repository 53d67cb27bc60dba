"""Migrations that happen wholly or not at all.

Why here: every database of ours is brought up to date by the same rule. SQLite can undo new tables like rows, but its
driver begins no transaction before one, so a kill or a full disk would leave half of a layout that no start gets past.
"""

from sqlalchemy.engine import Connection


def begin_migration(connection: Connection) -> None:
    """Make what follows on ``connection``, new tables included, one transaction; others that migrate wait for it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
