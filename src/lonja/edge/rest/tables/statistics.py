"""Trading statistics and announcements."""

from typing import Final

from lonja.edge.rest import statistics
from lonja.edge.rest.operation import Operation, open_operation, per_instrument
from lonja.edge.wire import requests
from lonja.edge.wire import requests_market as asked
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
        wire.RATIO_COLUMNS,
    ),
)
_CONTRACTS: Final = (
    open_operation(
        "/rubik/stat/contracts/open-interest-history",
        (10, 2.0),
        asked.OfContract,
        statistics.of_contract("Past open interest of a contract: not kept yet."),
        wire.OPEN_INTEREST_PAST_COLUMNS,
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
        statistics.of_contract("How many of the largest accounts are long and short in a contract: not told yet."),
        wire.ACCOUNT_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-position-ratio-contract-top-trader",
        RATE,
        asked.OfContract,
        statistics.of_contract("How far the largest accounts are long and short in a contract: not told yet."),
        wire.POSITION_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-account-ratio-contract",
        RATE,
        asked.OfContract,
        statistics.of_contract("How many accounts are long and short in a contract: not told yet."),
        wire.ACCOUNT_RATIO_COLUMNS,
        per_instrument,
    ),
    open_operation(
        "/rubik/stat/contracts/long-short-account-ratio",
        RATE,
        asked.OfCurrency,
        statistics.of_currency("How many accounts are long and short in contracts on a currency: not told yet."),
        wire.RATIO_COLUMNS,
    ),
    open_operation(
        "/rubik/stat/contracts/open-interest-volume",
        RATE,
        asked.OfCurrency,
        statistics.of_currency("Past open interest and volume of contracts on a currency: not kept yet."),
        wire.INTEREST_VOLUME_COLUMNS,
    ),
)
_OPTIONS: Final = (
    open_operation(
        "/rubik/stat/option/open-interest-volume",
        RATE,
        asked.OptionsOfCurrency,
        statistics.of_options("Open interest and volume of options: there are none."),
        wire.INTEREST_VOLUME_COLUMNS,
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
