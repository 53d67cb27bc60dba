"""Which other markets a sandbox follows, as chosen at start, and the feeds that tell of them.

Why here: only ``bootstrap`` may know that recordings are files and mirrored servers are sockets.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lonja.adapters.recorded_feed import RecordedFeed, read_recording
from lonja.adapters.v5_feed import V5Feed
from lonja.bootstrap.settings import FeedSettings
from lonja.modules.sandbox.api import INSTRUMENTS, MarketFeed
from lonja.primitives.errors import DataError, SettingsError


@dataclass(frozen=True, slots=True)
class Feeds:
    """Feeds that have not started, and the instruments that they tell of."""

    feeds: tuple[MarketFeed, ...]
    instrument_ids: frozenset[str]


def open_feeds(settings: FeedSettings) -> Feeds:
    """The feeds that ``settings`` ask for. Raises ``LonjaError`` for files and addresses that cannot be used."""
    makers: dict[str, Callable[[], MarketFeed]] = {}
    for text in settings.replay:
        instrument_id, path = _recording(text)
        if instrument_id in makers:
            raise SettingsError(f"--replay is given twice for {instrument_id}.", "Choose one file.")
        makers[instrument_id] = _replaying(path, instrument_id)
    feeds = [make() for make in makers.values()]
    mirrored = settings.mirror_instruments if settings.mirror else ()
    twice = [name for name in mirrored if name in makers]
    if twice:
        raise SettingsError(f"{twice[0]} cannot follow a recording and a server.", "Change --mirror-instruments.")
    if settings.mirror:
        feeds.append(V5Feed(settings.mirror, mirrored, settings.mirror_ca))
    return Feeds(tuple(feeds), frozenset(makers) | frozenset(mirrored))


def _replaying(path: Path, instrument_id: str) -> Callable[[], MarketFeed]:
    return lambda: RecordedFeed(read_recording(path, instrument_id, _OTHER_NAMES))


_OTHER_NAMES = {f"{fact.base}{fact.quote}": fact.instrument_id for fact in INSTRUMENTS}


def _recording(text: str) -> tuple[str, Path]:
    """The instrument and the file of one ``--replay``."""
    name, separator, file = text.partition("=")
    if separator and not Path(text).exists():
        return name.upper(), Path(file)
    path = Path(text)
    with closing(read_recording(path, "", _OTHER_NAMES)) as moments:
        first = next(moments, None)
    if first is None:
        raise DataError(f"{path} holds no books or trades.", "docs/markets.md lists the formats.")
    return first.event.instrument_id, path
