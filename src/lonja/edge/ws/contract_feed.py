"""What happens to contracts and those who hold them: liquidations, Security Funds, deliveries to come.

Why beside reference prices: these channels are about a type or a family, so one event may concern many subscriptions.
Invariant: nothing is computed that nobody follows; a Security Fund that stands well is told of once, after it did not.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from lonja.core.events import PositionChanged, PositionTakenOver
from lonja.core.kinds import PositionCause
from lonja.core.views import FamilyView
from lonja.edge.services import Services
from lonja.edge.session import Session
from lonja.edge.wire.channels import ADL_WARNING, ESTIMATED_PRICE, LIQUIDATIONS, Subscription
from lonja.edge.wire.contract_push import (
    adl_warning_push,
    estimated_price_push,
    liquidations_push,
    pair_liquidation_push,
)
from lonja.edge.wire.contract_rows import FundState, adl_warning_row, fund_state
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, MARGIN, InstrumentForm
from lonja.edge.ws.feeds import Groups, Receiver
from lonja.edge.ws.frames import text_frame
from lonja.edge.ws.postman import Postman
from lonja.edge.ws.pulse import Pulse
from lonja.engine.api import EventBatch
from lonja.modules.history.api import OrderRecord
from lonja.modules.pricing.api import DeliveryEstimate

ESTIMATE_INTERVAL_S: Final = 0.2
_Key = tuple[str, ...]


class _Standing(NamedTuple):
    """A Security Fund and how near it is to having winners deleveraged."""

    family: FamilyView
    state: FundState


class ContractFeed:
    """Liquidations, Security Funds and estimated delivery prices. Listens to events on the engine's thread."""

    def __init__(self, services: Services, postman: Postman) -> None:
        """Follow nothing yet."""
        self._services = services
        self._catalogue = services.catalogue
        self._views = services.engine.views
        self._groups = Groups[_Key](postman)
        self._wishes: dict[str, dict[_Key, Subscription]] = {}
        """What is followed, by channel."""
        self._deleveraged: set[int] = set()
        """Families whose fund had winners deleveraged since the last look."""
        self._alarmed: dict[int, FundState] = {}
        """Families whose fund did not stand well at the last look."""
        self._shown: dict[tuple[_Key, int], tuple[int, int]] = {}
        """Price and time of the estimate that was sent last, by subscription and contract."""
        self._estimates = Pulse(ESTIMATE_INTERVAL_S, self._send_estimates)
        services.orders.add_liquidation_listener(self._tell_pair)

    def subscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send what there is to tell at the moment, and then what happens (``Feed``)."""
        del session
        group = self._groups.get(wish.key) or self._groups.open(wish.key)
        self._wishes.setdefault(wish.channel, {})[wish.key] = wish
        if wish.channel == ESTIMATED_PRICE:
            # Everybody catches up first, so that the newcomer's picture is what was sent last.
            self._send_estimates()
        for payload in self._picture(wish):
            receiver.deliver(text_frame(payload))
        group.receivers[receiver] = None

    def unsubscribe(self, receiver: Receiver, session: Session | None, wish: Subscription) -> None:
        """Send nothing more (``Feed``)."""
        del session
        if not self._groups.leave(wish.key, receiver):
            return
        followed = self._wishes[wish.channel]
        del followed[wish.key]
        self._shown = {about: sent for about, sent in self._shown.items() if about[0] != wish.key}
        if not followed:
            del self._wishes[wish.channel]
            if wish.channel == ADL_WARNING:
                self._alarmed.clear()
                self._deleveraged.clear()

    def followed(self) -> int:
        """How many things somebody follows (``Feed``)."""
        return len(self._groups)

    def on_batch(self, batch: EventBatch) -> None:
        """Tell of liquidations, and note whose winners are deleveraged (``Subscriber``)."""
        if LIQUIDATIONS in self._wishes:
            taken = [event for event in batch.events if isinstance(event, PositionTakenOver)]
            if taken:
                self._tell_liquidations(taken)
        if ADL_WARNING in self._wishes:
            for event in batch.events:
                if isinstance(event, PositionChanged) and event.cause == PositionCause.DELEVERAGED:
                    self._deleveraged.add(self._catalogue.at(event.instrument).family)

    def each_second(self) -> None:
        """Tell of Security Funds that do not stand well, and look for deliveries to come (``Feed``)."""
        if ADL_WARNING in self._wishes:
            self._tell_funds()
        if ESTIMATED_PRICE in self._wishes:
            self._estimates.request()

    def stop(self) -> None:
        """Stop the timer (``Feed``)."""
        self._estimates.stop()

    def _picture(self, wish: Subscription) -> list[bytes]:
        if wish.channel == ADL_WARNING:
            alarmed = [one for one in self._standings([wish]) if one.state is not FundState.NORMAL]
            return self._fund_pushes(wish, alarmed)
        if wish.channel == ESTIMATED_PRICE:
            return [estimated_price_push(wish.arg, *found) for found in self._estimated() if _is_on(wish, found[0])]
        return []

    # -- Liquidations

    def _tell_liquidations(self, taken: Iterable[PositionTakenOver]) -> None:
        by_type: dict[str, list[PositionTakenOver]] = {}
        for one in taken:
            by_type.setdefault(self._catalogue.at(one.instrument).instrument_type, []).append(one)
        for key, wish in self._wishes[LIQUIDATIONS].items():
            for name, some in by_type.items():
                group = self._groups.get(key)
                if group is not None and _is_of(wish, name):
                    group.send(liquidations_push(wish.arg, self._catalogue, some))

    def _tell_pair(self, order: OrderRecord) -> None:
        for key, wish in self._wishes.get(LIQUIDATIONS, {}).items():
            group = self._groups.get(key)
            if group is not None and _is_of(wish, MARGIN):
                group.send(pair_liquidation_push(wish.arg, self._catalogue, order))

    # -- Security Funds

    def _tell_funds(self) -> None:
        wishes = self._wishes[ADL_WARNING]
        standings = self._standings(wishes.values())
        told = [one for one in standings if one.state is not FundState.NORMAL or one.family.family in self._alarmed]
        self._deleveraged.clear()
        self._alarmed = {one.family.family: one.state for one in standings if one.state is not FundState.NORMAL}
        for key, wish in wishes.items() if told else ():
            group = self._groups.get(key)
            assert group is not None, "somebody wishes it"
            for payload in self._fund_pushes(wish, [one for one in told if _is_about(wish, one.family)]):
                group.send(payload)

    def _standings(self, wishes: Iterable[Subscription]) -> list[_Standing]:
        """How the Security Funds stand that ``wishes`` are about."""
        some = list(wishes)
        families = [view for view in self._views.families() if any(_is_about(wish, view) for wish in some)]
        return [_Standing(family, self._state_of(family)) for family in families]

    def _state_of(self, family: FamilyView) -> FundState:
        keeps = any(position.lots for position in self._views.positions(family.fund_account))
        return fund_state(family, keeps_positions=keeps, has_deleveraged=family.family in self._deleveraged)

    def _fund_pushes(self, wish: Subscription, standings: Iterable[_Standing]) -> list[bytes]:
        now_ms, peak_ms = self._services.engine.now_ms(), self._services.price_records.fund_peak_ms
        rows = [
            adl_warning_row(
                family,
                self._catalogue.currency(family.settle),
                state,
                peak_ms(family.family, family.fund_peak),
                now_ms,
            )
            for family, state in standings
        ]
        return [adl_warning_push(wish.arg, rows)] if rows else []

    # -- Deliveries to come

    def _estimated(self) -> list[tuple[InstrumentForm, DeliveryEstimate]]:
        """Contracts in their last minutes, and what they would be delivered at."""
        now_ms, estimate_of = self._services.engine.now_ms(), self._services.conductor.delivery_estimate
        dated = [form for form in self._catalogue.instruments() if form.expiry_ms > now_ms]
        return [(form, found) for form in dated if (found := estimate_of(form.code)) is not None]

    def _send_estimates(self) -> None:
        estimated = self._estimated() if ESTIMATED_PRICE in self._wishes else []
        for key, wish in self._wishes[ESTIMATED_PRICE].items() if estimated else ():
            group = self._groups.get(key)
            assert group is not None, "somebody wishes it"
            for form, found in estimated:
                about, sent = (key, form.code), (found.price, found.time_ms)
                if _is_on(wish, form) and self._shown.get(about) != sent:
                    self._shown[about] = sent
                    group.send(estimated_price_push(wish.arg, form, found))
        if estimated:
            self._estimates.request()


def _is_of(wish: Subscription, instrument_type: str) -> bool:
    return wish.instrument_type is None or INSTRUMENT_TYPES[wish.instrument_type] == instrument_type


def _is_about(wish: Subscription, family: FamilyView) -> bool:
    return _is_of(wish, INSTRUMENT_TYPES[family.instrument_type]) and wish.family in (None, family.name)


def _is_on(wish: Subscription, form: InstrumentForm) -> bool:
    if not _is_of(wish, form.instrument_type) or wish.family not in (None, form.family_name):
        return False
    return wish.instrument in (None, form.code)
