"""Contracts that others traded already, so that there is a last price."""

from tests.core.scenario import CONTRACTS, Floor


def traded() -> Floor:
    """Contracts, of which LIN was traded at 100 by others."""
    floor = Floor(CONTRACTS)
    floor.run("> bob sell 1 @ 100 on=LIN\n> cat buy 1 @ 100 on=LIN")
    return floor
