"""Trading statistics and announcements."""

from typing import Final

from lonja.edge.rest import standings, statistics
from lonja.edge.rest.operation import Operation, open_operation, per_instrument
from lonja.edge.wire import requests
from lonja.edge.wire import requests_market as asked
from lonja.edge.wire import standings as held
from lonja.edge.wire import statistics as wire

RATE: Final = (5, 2.0)

_SPOT: Final = (
    open_operation(
        "/rubik/stat/trading-data/support-coin",
        RATE,
        requests.Request,
        statistics.support_currencies,
        wire.CURRENCIES_ROW,
        gives_one=True,
    ),
    open_operation(
        "/rubik/stat/taker-volume", RATE, asked.TakerVolume, statistics.taker_volume, wire.TAKER_VOLUME_COLUMNS
    ),
    open_operation(
        "/rubik/stat/margin/loan-ratio",
        RATE,
        asked.OfCurrency,
        statistics.of_currency("What was lent in quote to what was lent in base currency: nothing is lent."),
        held.RATIO_COLUMNS,
    ),
)
_CONTRACTS: Final = (
    open_operation(
        "/rubik/stat/contracts/open-interest-history",
        (10, 2.0),
        asked.OfContract,
        standings.of_contract("Past open interest of a contract, newest first.", held.interest_rows),
        held.INTEREST_PAST_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/taker-volume-contract",
        RATE,
        asked.ContractVolume,
        statistics.contract_taker_volume,
        wire.TAKER_VOLUME_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-account-ratio-contract-top-trader",
        RATE,
        asked.OfContract,
        standings.of_contract(
            "How many of the largest accounts in a contract were long to how many were short, newest first.",
            held.top_account_rows,
        ),
        held.ACCOUNT_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-position-ratio-contract-top-trader",
        RATE,
        asked.OfContract,
        standings.of_contract(
            "What the largest accounts in a contract held long to what they held short, newest first.",
            held.top_position_rows,
        ),
        held.POSITION_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-account-ratio-contract",
        RATE,
        asked.OfContract,
        standings.of_contract(
            "How many accounts were long in a contract to how many were short, newest first.", held.account_rows
        ),
        held.ACCOUNT_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-account-ratio",
        RATE,
        asked.OfCurrency,
        standings.account_ratio,
        held.RATIO_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/contracts/open-interest-volume",
        RATE,
        asked.OfCurrency,
        standings.interest_volume,
        held.INTEREST_VOLUME_COLUMNS,
    ),
)
_OPTIONS: Final = (
    open_operation(
        "/rubik/stat/option/open-interest-volume",
        RATE,
        asked.OptionsOfCurrency,
        statistics.of_options("Open interest and volume of options: there are none."),
        held.INTEREST_VOLUME_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/option/open-interest-volume-ratio",
        RATE,
        asked.OptionsOfCurrency,
        statistics.of_options("Puts to calls: there are none."),
        wire.PUT_CALL_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/option/open-interest-volume-expiry",
        RATE,
        asked.OptionsOfCurrency,
        statistics.of_options("Open interest and volume of options by the day they end: there are none."),
        wire.EXPIRY_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/option/open-interest-volume-strike",
        RATE,
        asked.StrikesOfCurrency,
        statistics.of_strikes,
        wire.STRIKE_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/option/taker-block-volume",
        RATE,
        asked.OptionsOfCurrency,
        statistics.of_options("What takers bought and sold of options: there are none."),
        wire.FLOW_COLUMNS,
    ),
)
_ANNOUNCEMENTS: Final = (
    open_operation(
        "/support/announcements", RATE, asked.Announcements, statistics.announcements, wire.ANNOUNCEMENTS_ROW
    ),
    open_operation(
        "/support/announcement-types",
        (1, 2.0),
        requests.Request,
        statistics.announcement_types,
        wire.ANNOUNCEMENT_TYPE_ROW,
    ),
    # Another spelling, which clients have.
    open_operation(
        "/support/announcements-types",
        (1, 2.0),
        requests.Request,
        statistics.announcement_types,
        wire.ANNOUNCEMENT_TYPE_ROW,
    ),
)

OPERATIONS: Final[tuple[Operation, ...]] = (*_SPOT, *_CONTRACTS, *_OPTIONS, *_ANNOUNCEMENTS)
