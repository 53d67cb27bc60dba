"""Pushes about the house as a whole: its instruments and its maintenance.

Why here: their keys are the wire's. Invariant: a push of maintenance has what REST lists of it, and when it changed.
"""

from typing import Final

import msgspec

from lonja.core.views import InstrumentView
from lonja.edge.maintenance import Maintenance
from lonja.edge.wire.channels import INSTRUMENTS, STATUS
from lonja.edge.wire.instruments import InstrumentForm

STATUS_ROW: Final[dict[str, object]] = {
    **dict.fromkeys(("title", "state", "begin", "end", "preOpenBegin", "href", "scheDesc"), ""),
    # Of all services: trading stops with the connections.
    "serviceType": "5",
    "system": "unified",
    "maintType": "1",
    "env": "2",
}

STATUS_AHEAD: Final = ("scheduled", "ongoing", "pre_open")
"""States of maintenance that is not over; what is listed when no state is asked for."""
STATUS_STATES: Final = (*STATUS_AHEAD, "completed", "canceled")


def instrument_push(form: InstrumentForm, view: InstrumentView, kind: str) -> bytes:
    """An instrument that was listed or whose state changed, as one of ``kind``."""
    arg = {"channel": INSTRUMENTS, "instType": kind}
    return msgspec.json.encode({"arg": arg, "data": [form.public_row(view, kind)]})


def status_row(maintenance: Maintenance) -> dict[str, object]:
    """One announced maintenance."""
    return {
        **STATUS_ROW,
        "title": maintenance.title,
        "state": maintenance.state.value,
        "begin": str(maintenance.begin_ms),
        "end": "" if maintenance.end_ms is None else str(maintenance.end_ms),
    }


def status_push(maintenance: Maintenance) -> bytes:
    """What changed in the maintenance of the house."""
    # A strict client looks for the kind of service under another name.
    row = {**status_row(maintenance), "ts": str(maintenance.changed_ms), "type": STATUS_ROW["serviceType"]}
    return msgspec.json.encode({"arg": {"channel": STATUS}, "data": [row]})
