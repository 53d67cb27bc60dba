"""What a request tells about the browser or program behind it.

Invariant: the environment stays equal while the same browser on the same system goes on, in whatever version, and
differs when a session is carried to another one.
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

_BROWSERS: Final = ("Edg", "OPR", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome", "Safari", "curl", "python")
_SYSTEMS: Final = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "CrOS", "Linux")
_SYSTEM_NAMES: Final = {"Mac OS X": "macOS", "CrOS": "ChromeOS", "iPhone": "iOS", "iPad": "iPadOS"}
_BROWSER_NAMES: Final = {
    "Edg": "Edge",
    "OPR": "Opera",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "SamsungBrowser": "Samsung",
}


class Client(NamedTuple):
    """Who asks: network address, user agent, the device token it holds ("" for none)."""

    address: str
    user_agent: str = ""
    device_token: str = ""

    @property
    def name(self) -> str:
        """A name for people, like ``Firefox on Windows``."""
        browser, system = _first(_BROWSERS, self.user_agent), _first(_SYSTEMS, self.user_agent)
        shown = _BROWSER_NAMES.get(browser, browser) or _program(self.user_agent)
        return f"{shown} on {_SYSTEM_NAMES.get(system, system)}" if system else shown

    @property
    def environment(self) -> bytes:
        """A digest that changes when browser or system do, not when they are updated."""
        without_versions = re.sub(r"[\d._]+", "", self.user_agent)
        return sha256(without_versions.encode("utf-8", "replace")).digest()[:16]


def _first(known: tuple[str, ...], text: str) -> str:
    return next((name for name in known if name in text), "")


def _program(user_agent: str) -> str:
    name = re.match(r"[A-Za-z][\w .-]{0,40}", user_agent)
    return name.group().strip() if name else "Unknown program"
