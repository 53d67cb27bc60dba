"""Rows of live positions for REST and WebSocket, joined with indices and what is remembered of each position.

Why here: the wire knows keys, the services what stands in them.
"""

from lonja.edge.services import Services
from lonja.edge.wire.pair_positions import PairPositions
from lonja.edge.wire.positions import PositionRows


def position_rows(services: Services) -> PositionRows:
    """What makes rows of the positions of a house."""
    return PositionRows(
        services.catalogue,
        services.engine.views,
        lambda name: services.conductor.index(name).price,
        services.orders.positions.trace,
    )


def pair_positions(services: Services) -> PairPositions:
    """What finds positions in pairs of a house, and makes rows of them."""
    return PairPositions(
        services.catalogue,
        services.engine.views,
        lambda name: services.conductor.index(name).price,
        services.orders.pockets,
        services.orders.pairs.life,
    )
