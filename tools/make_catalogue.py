"""Writes the sandbox's catalogue of currencies and spot instruments, shaped from a venue's list of instruments.

Why a tool: the list holds names, ticks, lots and minima of 513 pairs; the sandbox wants more pairs of the same tokens.
Pairs of the list keep the list's steps, further ones get steps as the list has for tokens of such a price. Prices are
not in the list: each is made from the tick, since a tick is usually a small fixed share of a price.
Invariant: the same list gives the same files, and what the catalogue lists already keeps its place and its facts.
"""

import argparse
import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from lonja.modules.sandbox.catalogue import ASSETS, CURRENCIES, INSTRUMENTS, NAMED_COUNT, NAMED_CURRENCIES

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "../shared/data/okx_instruments_2022-05-13/SPOT.json.gz"
TARGET = ROOT / "src/lonja/modules/sandbox"
PEGGED = {"WBTC": "BTC", "BETH": "ETH"}
"""Tokens that are worth as much as another."""

STABLE = {"USDC", "DAI", "TUSD", "USDP", "GUSD", "USDK", "UST"}
"""Currencies worth a dollar."""

MORE_QUOTES = (("USDC", 352), ("BTC", 230), ("ETH", 180))
"""In which currencies the tokens are quoted besides USDT, and how many of them are looked at."""

TICK_MIN = 1e-11
"""The finest tick of the list; a pair that needs a finer one is left out."""

TICKS_MIN = 8_000
"""Fewest ticks in a price: 25 levels must fit into one percent of it, also after a long fall."""


class Pair(NamedTuple):
    """A spot pair and its steps as decimal text."""

    base: str
    quote: str
    tick: str
    lot: str
    minimum: str


def listed_pairs(source: Path) -> list[Pair]:
    """The pairs of the venue's list, in its order."""
    with gzip.open(source, "rt") as file:
        rows = json.load(file)
    return [Pair(row["baseCcy"], row["quoteCcy"], row["tickSz"], row["lotSz"], row["minSz"]) for row in rows]


def price_of(pair: Pair) -> float:
    """A dollar price for which the tick of a pair in USDT is fitting: 8,000 to 80,000 ticks, by the token's name."""
    if pair.base in STABLE:
        return 1.0
    if pair.base in PEGGED:
        return ASSETS[PEGGED[pair.base]].price
    digest = hashlib.sha256(pair.base.encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return float(f"{float(pair.tick) * TICKS_MIN * 10**share:.3g}")


def step_for(price: float) -> str:
    """The largest power of ten of which ``price`` holds enough ticks."""
    return plain(Decimal(1).scaleb(math.floor(math.log10(price / TICKS_MIN))))


def plain(number: Decimal) -> str:
    """A decimal without exponent or needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def new_pairs(listed: list[Pair], prices: dict[str, float]) -> Iterator[Pair]:
    """All pairs that the catalogue gets besides those it names itself, in their final order."""
    known = {(fact.base, fact.quote) for fact in INSTRUMENTS[:NAMED_COUNT]}
    by_name = {(pair.base, pair.quote): pair for pair in listed}
    dollars = [pair for pair in listed if pair.quote == "USDT" and pair.base in prices]
    for pair in dollars:
        if (pair.base, "USDT") not in known:
            yield pair
    for quote, count in MORE_QUOTES:
        # Those that the list quotes so come first, then the tokens that it names first.
        bases = [pair.base for pair in listed if pair.quote == quote] + [pair.base for pair in dollars]
        for base in list(dict.fromkeys(bases))[:count]:
            if base == quote or base not in prices or (base, quote) in known:
                continue
            pair = fitted(base, quote, prices, by_name)
            if float(pair.tick) >= TICK_MIN or quote == "USDC":
                yield pair


def fitted(base: str, quote: str, prices: dict[str, float], by_name: dict[tuple[str, str], Pair]) -> Pair:
    """The pair as the list has it, with a finer tick when our price needs one; else one like the pair in USDT."""
    model = by_name.get((base, quote)) or by_name[base, "USDT"]
    tick = step_for(prices[base] / prices[quote])
    return Pair(base, quote, tick, model.lot, model.minimum)


def scale_of(lots: list[str]) -> int:
    """Decimals of a token: two more than its finest lot has."""
    return max(len(plain(Decimal(lot)).partition(".")[2]) for lot in lots) + 2


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--source", type=Path, default=SOURCE)
    arguments = parser.parse_args()
    listed = listed_pairs(arguments.source)
    named = {currency.name for currency in CURRENCIES[:NAMED_CURRENCIES]}
    prices = {name: ASSETS[name].price for name in named}
    for pair in listed:
        if pair.quote == "USDT" and pair.base not in prices:
            prices[pair.base] = price_of(pair)
    pairs = list(new_pairs(listed, prices))
    bases = dict.fromkeys(pair.base for pair in pairs if pair.base not in named)
    with (TARGET / "currencies.csv").open("w", encoding="ascii") as file:
        file.write("name,scale,price\n")
        for base in bases:
            lots = [pair.lot for pair in pairs if pair.base == base]
            file.write(f"{base},{scale_of(lots)},{plain(Decimal(repr(prices[base])))}\n")
    with (TARGET / "instruments.csv").open("w", encoding="ascii") as file:
        file.write("base,quote,tick,lot,minimum\n")
        file.writelines(",".join(pair) + "\n" for pair in pairs)
    print(f"{len(bases)} currencies and {len(pairs)} instruments besides those named in the code")


if __name__ == "__main__":
    main()
