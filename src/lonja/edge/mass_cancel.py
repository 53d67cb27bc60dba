"""Mass cancellation, the same for REST and WebSocket.

It is documented for the orders of option market makers alone, a privilege that no account has as long as there are no
options. Spot orders are canceled one by one, in batches, or by the cancel-all-after timer.
"""

from typing import Final

from lonja.edge.errors import refusal
from lonja.edge.rate_limit import Rate
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire import requests
from lonja.edge.wire.numbers import integer
from lonja.modules.identity.api import Permission

MASS_CANCEL_RATE: Final = Rate(5, 2.0)
"""Per account, REST and WebSocket together."""
LOCK_MS_MAX: Final = 10_000
OPTION: Final = "OPTION"


def mass_cancel(services: Services, session: Session, request: requests.MassCancel) -> list[object]:
    """Cancel the market maker's orders of a family of options. Raises ``EdgeError``.

    In order: 50120 without permission to trade, 50011 too often, 51000 for another type than options or a lock that
    is too long, 51411 without the privilege.
    """
    if Permission.TRADE not in session.key.permissions:
        raise refusal("50120")
    if not services.rate_limits.take(("mass-cancel", session.account), MASS_CANCEL_RATE):
        raise refusal("50011")
    if request.instrument_type != OPTION:
        raise refusal("51000", requests.WIRE_NAMES["instrument_type"])
    integer(request.lock_interval, requests.WIRE_NAMES["lock_interval"], 0, LOCK_MS_MAX, 0)
    raise refusal("51411")
