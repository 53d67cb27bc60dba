"""Reading an algo order so that refusals which fit together are told in the documented order.

Why here: sizes and prices are read before anybody knows whether the instrument is open and the account may trade it.
Invariant: as in ``order_refusals``.
"""

from collections.abc import Mapping

from lonja.edge.errors import EdgeError
from lonja.edge.order_refusals import earlier_refusal
from lonja.edge.services import Services
from lonja.edge.wire.algo_placing import AlgoPlacement, algo_command, off_step
from lonja.edge.wire.instruments import InstrumentForm

_NOT_FOUND = "51001"


def read_algo(services: Services, arg: Mapping[str, object], form: InstrumentForm, account: int) -> AlgoPlacement:
    """The algo order that ``arg`` describes. Raises ``EdgeError``."""
    try:
        return algo_command(arg, form, account)
    except EdgeError as error:
        off = off_step(arg, form, error) if form.is_contract else None
        if off is None:
            raise
        raise earlier_refusal(services, arg, form, account, off, _NOT_FOUND) or off from None
