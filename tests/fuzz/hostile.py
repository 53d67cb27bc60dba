"""Messages that no client of good will sends, most of them near enough to good ones to get past the first check.

All is drawn from one ``random.Random``, so a seed tells what was sent.
"""

import base64
import hashlib
import hmac
import json
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from lonja.edge.wire.channels import CHANNELS

Message = dict[str, Any]

MANY_DIGITS: Final = 987_654_321_012
"""Stands for a number longer than Python is willing to print."""
STRANGE: Final[tuple[object, ...]] = (
    None, True, False, 0, -1, 1, 1e-9, 1e300, 10**30, -(10**30), 10**400, MANY_DIGITS, float("nan"), float("inf"),
    "", " ", "-1", "+1", " 1", "1e3", ".5", "1.", "0", "00", "0.00000000000000000001", "1.0000000001", "1_0", "0x1",
    "NaN", "Infinity", "1" * 90, "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "\N{ARABIC-INDIC DIGIT ONE}", "\x00", "1\r\n", "é", "\N{GRINNING FACE}", "\ud800", "x" * 3_000, "'\"\\", "%s%n", "{0}",
    [], {}, [1], [[]], {"a": 1}, [None], "null", "ANY", "BTC-USDT", "USDT", "cash", "SPOT",
)  # fmt: skip
NOISE: Final = '{}[]",:\\\x00\x1f\x7fé\U0001f600 0-.eEnulltrfas'
SIZES: Final = ("0.001", "0.01", "1", "2.5", "1000000", "0.00000001")
_EXTRAS: Final = (
    '{"updateInterval":"0"}',
    '{"updateInterval":2000}',
    '{"updateInterval":"x"}',
    '{"updateInterval":[]}',
    "{}",
    "[]",
    "{",
)
KINDS: Final = ("limit", "market", "post_only", "fok", "ioc", "optimal_limit_ioc", "oco", "")
ORDER_OPS: Final = (
    "order",
    "batch-orders",
    "cancel-order",
    "batch-cancel-orders",
    "amend-order",
    "batch-amend-orders",
    "mass-cancel",
)


def text_of(message: object, chance: random.Random) -> str:
    """``message`` as JSON."""
    return json.dumps(message, ensure_ascii=chance.random() < 0.5).replace(str(MANY_DIGITS), "7" * 5_000)


class Scene:
    """What good messages are made of: keys, prices by instrument, and the orders that were told of."""

    def __init__(self, chance: random.Random, keys: dict[str, str], prices: dict[str, str]) -> None:
        self.chance = chance
        self.keys = keys
        self.prices = prices
        self.order_ids: deque[str] = deque(maxlen=300)

    def message(self) -> bytes:
        """The text of one message."""
        chance = self.chance
        lot = chance.random()
        if lot < 0.03:
            return bytes(chance.choices(range(0x20, 0x7F), k=chance.randrange(200)))
        if lot < 0.05:
            return b"[" * chance.choice((1, 600, 5_000)) + b"{" * chance.randrange(3)
        message: object = chance.choice(_MESSAGES)(self)
        for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
            message = self._strange(message)
        text = text_of(message, chance)
        if chance.random() < 0.05:
            text = text.replace("{", '{"op":"order","args":[],', 1)
        if chance.random() < 0.15:
            text = self._noisy(text)
        return text.encode("utf-8", "ignore")

    def login(self) -> Message:
        """A login that is good now."""
        moment = str(int(time.time()))
        signed = f"{moment}GET/users/self/verify".encode()
        digest = hmac.digest(self.keys["secret_key"].encode(), signed, hashlib.sha256)
        sign = base64.b64encode(digest).decode()
        arg = {"apiKey": self.keys["api_key"], "passphrase": self.keys["passphrase"], "timestamp": moment, "sign": sign}
        return {"op": "login", "args": [arg]}

    def order(self) -> Message:
        """An order that may well trade."""
        chance = self.chance
        name = chance.choice(list(self.prices))
        price = float(self.prices[name]) * chance.choice((0.97, 0.999, 1.0, 1.001, 1.03))
        found = {
            "instId": name,
            "tdMode": chance.choice(("cross", "isolated")) if name.endswith("-SWAP") else "cash",
            "side": chance.choice(("buy", "sell")),
            "ordType": chance.choice(KINDS[:6]),
            "sz": chance.choice(SIZES),
            "px": f"{price:.{chance.choice((1, 2, 4, 9))}f}",
        }
        extras = {
            "clOrdId": f"c{chance.randrange(200)}",
            "tag": "fuzz",
            "tgtCcy": chance.choice(("base_ccy", "quote_ccy")),
            "stpMode": chance.choice(("cancel_maker", "cancel_taker", "cancel_both")),
            "banAmend": chance.choice((True, "true", False)),
            "pxAmendType": chance.choice(("0", "1")),
            "posSide": chance.choice(("net", "net", "long", "short")),
            "reduceOnly": chance.choice((True, "true", False)),
            "attachAlgoOrds": [{"slTriggerPx": f"{price * 0.9:.1f}", "slOrdPx": "-1"}],
        }
        return found | {name: value for name, value in extras.items() if chance.random() < 0.2}

    def reference(self) -> Message:
        """An order by one of its ids."""
        chance = self.chance
        found: Message = {"instId": chance.choice(list(self.prices))}
        if self.order_ids and chance.random() < 0.7:
            return found | {"ordId": chance.choice(self.order_ids)}
        return found | {"clOrdId": f"c{chance.randrange(200)}"}

    def channel(self) -> Message:
        """The argument of a subscription."""
        chance = self.chance
        name = chance.choice(list(CHANNELS))
        worth: dict[str, tuple[str, ...]] = {"instId": tuple(self.prices), "instType": ("SPOT", "ANY", "SWAP")}
        worth |= {"ccy": ("USDT", "BTC"), "extraParams": _EXTRAS}
        rules = CHANNELS[name]
        optional = [key for key in rules.optional if chance.random() < 0.5]
        return {"channel": name} | {key: chance.choice(worth.get(key, ("x",))) for key in (*rules.required, *optional)}

    def _strange(self, message: object) -> object:
        """The message with something strange at one place of it."""
        chance = self.chance
        if isinstance(message, dict) and message and chance.random() < 0.9:
            key = chance.choice(list(message))
            lot = chance.random()
            if lot < 0.1:
                return {name: value for name, value in message.items() if name != key}
            if lot < 0.2:
                return message | {chance.choice(("id", "expTime", "x" * 100, "", "op")): chance.choice(STRANGE)}
            return message | {key: self._strange(message[key])}
        if isinstance(message, list) and message and chance.random() < 0.9:
            at = chance.randrange(len(message))
            return [*message[:at], self._strange(message[at]), *message[at + 1 :]]
        if isinstance(message, str) and message.startswith("{") and chance.random() < 0.7:
            return text_of(self._strange({"updateInterval": "0"}), chance)
        if chance.random() < 0.1:
            nested: object = message
            for _ in range(chance.choice((1, 10, 300))):
                nested = [nested] if chance.random() < 0.5 else {"a": nested}
            return nested
        return chance.choice(STRANGE)

    def _noisy(self, text: str) -> str:
        chance, letters = self.chance, list(text)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(3)] = chance.choice(NOISE)
        return "".join(letters)


def _numbered(scene: Scene, message: Message) -> Message:
    return message | {"id": str(scene.chance.randrange(10**6))} if scene.chance.random() < 0.7 else message


def _subscribe(scene: Scene) -> Message:
    args = [scene.channel() for _ in range(scene.chance.choice((1, 1, 2, 5, 40)))]
    return _numbered(scene, {"op": scene.chance.choice(("subscribe", "subscribe", "unsubscribe")), "args": args})


def _storm(scene: Scene) -> Message:
    """All of a channel's instruments, and many that do not exist, over and over."""
    args = [scene.channel() if number % 3 else {"channel": f"c{number}"} for number in range(500)]
    return {"op": scene.chance.choice(("subscribe", "unsubscribe")), "args": args}


def _place(scene: Scene) -> Message:
    is_batch = scene.chance.random() < 0.4
    args = [scene.order() for _ in range(scene.chance.choice((1, 2, 20, 21)) if is_batch else 1)]
    return _numbered(scene, {"op": "batch-orders" if is_batch else "order", "args": args})


def _cancel(scene: Scene) -> Message:
    is_batch = scene.chance.random() < 0.6
    args = [scene.reference() for _ in range(scene.chance.choice((1, 5, 20)) if is_batch else 1)]
    return _numbered(scene, {"op": "batch-cancel-orders" if is_batch else "cancel-order", "args": args})


def _amend(scene: Scene) -> Message:
    is_batch = scene.chance.random() < 0.3
    made = [(scene.reference(), scene.order()) for _ in range(scene.chance.choice((1, 3, 20)) if is_batch else 1)]
    args = [reference | {"newSz": order["sz"], "newPx": order["px"]} for reference, order in made]
    return _numbered(scene, {"op": "batch-amend-orders" if is_batch else "amend-order", "args": args})


def _odd(scene: Scene) -> Message:
    """An operation whose arguments belong to another one."""
    op = scene.chance.choice((*ORDER_OPS, "ping", "", "unknown", "subscribe"))
    arg = scene.chance.choice((scene.order, scene.reference, scene.channel))()
    return {"op": op, "args": [arg], "expTime": str(scene.chance.choice((0, 1, 9_999_999_999_999)))}


_MESSAGES: Final[tuple[Callable[[Scene], Message], ...]] = (
    *(_place,) * 6,
    *(_cancel,) * 3,
    *(_amend,) * 3,
    *(_subscribe,) * 5,
    *(_odd,) * 3,
    _storm,
    Scene.login,
)
