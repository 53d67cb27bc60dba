"""What detailed algo orders ask for, and those that were attached to an order."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FLAGS = ("time_in_force", "profit_kind", "together", "cost_stop")
_NUMBERS = (
    *("profit_ppm", "loss_ppm", "guard_callback_ppm", "guard_callback_ticks", "guard_activation_price"),
    "linked_order_id",
)


def upgrade() -> None:
    """Add the columns; of the algo orders so far there was nothing to tell."""
    with op.batch_alter_table("algos") as batch:
        for name in _FLAGS:
            batch.add_column(sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"))
        for name in _NUMBERS:
            batch.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("guard_client_algo_id", sa.String(), nullable=False, server_default=""))
        batch.create_index("algos_by_parent", ["parent_order_id", "algo_id"])


def downgrade() -> None:
    """Drop them again."""
    with op.batch_alter_table("algos") as batch:
        batch.drop_index("algos_by_parent")
        for name in ("guard_client_algo_id", *_NUMBERS, *_FLAGS):
            batch.drop_column(name)
