"""What concerns the house as a whole: instruments that come or change state, and maintenance.

Instruments begin without a picture, as documented: there may be thousands, and REST lists them. Maintenance begins
with the latest announcement.
"""

from lonja.core.events import ContractDelivered, ContractListed, InstrumentListed, InstrumentStateChanged
from lonja.core.kinds import InstrumentType
from lonja.edge.maintenance import Maintenance
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import INSTRUMENTS, STATUS, Subscription
from lonja.edge.wire.house_push import instrument_push, status_push
from lonja.edge.wire.instruments import INSTRUMENT_TYPES
from lonja.edge.ws.feeds import Groups, Receiver
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.engine.api import EventBatch

_INSTRUMENT_EVENTS = (InstrumentListed, ContractListed, InstrumentStateChanged, ContractDelivered)


class HouseFeed:
    """Instruments and maintenance. Listens to events on the engine's thread."""

    def __init__(self, services: Services, postman: Postman) -> None:
        """Follow the announcements from now on."""
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._maintenance = services.maintenance
        self._groups = Groups[tuple[str, int | None]](postman)
        services.maintenance.add_listener(self._on_maintenance)

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send the latest announcement, if there is one and it was asked for, and then every change (``Feed``)."""
        del session
        key = _key(wish)
        group = self._groups.get(key) or self._groups.open(key)
        announced = self._maintenance.announced() if wish.channel == STATUS else []
        if announced:
            receiver.deliver(text_frame(status_push(announced[-1])))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del session
        self._groups.leave(_key(wish), receiver)

    def followed(self) -> int:
        """How many channels somebody follows (``Feed``)."""
        return len(self._groups)

    def on_batch(self, batch: EventBatch) -> None:
        """Tell of instruments that an engine batch brought or changed (``Subscriber``)."""
        if not self._groups:
            return
        for event in batch.events:
            if isinstance(event, _INSTRUMENT_EVENTS):
                self._tell(event.instrument)

    def each_second(self) -> None:
        """Nothing is due (``Feed``)."""

    def stop(self) -> None:
        """Nothing runs (``Feed``)."""

    def _tell(self, code: int) -> None:
        """Push an instrument; a pair that is traded with borrowed money stands in two lists."""
        view = self._views.instrument(code)
        assert view is not None
        form = self._catalogue.at(code)
        kinds = [view.instrument_type]
        if form.lever and not form.is_contract:
            kinds.append(int(InstrumentType.MARGIN))
        for kind in kinds:
            group = self._groups.get((INSTRUMENTS, kind))
            if group is not None:
                group.send(instrument_push(form, view, INSTRUMENT_TYPES[kind]))

    def _on_maintenance(self, maintenance: Maintenance) -> None:
        group = self._groups.get((STATUS, None))
        if group is not None:
            group.send(status_push(maintenance))


def _key(wish: Subscription) -> tuple[str, int | None]:
    return (wish.channel, None if wish.instrument_type is None else int(wish.instrument_type))
