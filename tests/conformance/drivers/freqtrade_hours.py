"""Lets freqtrade trade for some hours of a sandbox's time, as fast as both can.

Usage: freqtrade_hours.py SANDBOX_FOLDER WORK_FOLDER dry|live|futures HOURS

With ``futures`` it trades perpetual contracts live, long and short with leverage, with its stops kept by the exchange.

freqtrade goes by the machine's clock, so in this process the machine's clock shows the sandbox's time, minute by
minute; the sandbox steps as far between two rounds of the bot. Nothing else of freqtrade is touched. Prints what came of
it as one line of JSON.
"""

import json
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from freqtrade.configuration import Configuration
from freqtrade.enums import RunMode, State
from freqtrade.persistence import Trade
from freqtrade.worker import Worker

EXAMPLE = Path(__file__).parents[3] / "examples" / "clients" / "freqtrade_config.py"
STEP_MS = 60_000
STRATEGY = '''
from freqtrade.strategy import IStrategy


class Often(IStrategy):
    """Buys at every third candle and sells half an hour later, whatever the market does."""

    timeframe = "5m"
    minimal_roi = {"30": -1}
    stoploss = -0.5
    startup_candle_count = 5

    def populate_indicators(self, dataframe, metadata):
        dataframe["mean"] = dataframe["close"].rolling(5).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[(dataframe["date"].dt.minute % 15 == 0) & (dataframe["mean"] > 0), "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe
'''

FUTURES_STRATEGY = (
    STRATEGY.replace("Often", "OftenBothWays")
    + """
    can_short = True
    stoploss = -0.3

    def populate_entry_trend(self, dataframe, metadata):
        long = dataframe["date"].dt.minute.isin([0, 15])
        short = dataframe["date"].dt.minute.isin([30, 45])
        dataframe.loc[long & (dataframe["mean"] > 0), "enter_long"] = 1
        dataframe.loc[short & (dataframe["mean"] > 0), "enter_short"] = 1
        return dataframe

    def leverage(self, pair, current_time, current_rate, proposed_leverage, max_leverage, entry_tag, side, **kwargs):
        return 3.0
"""
)


def clock(sandbox: dict[str, Any], step_ms: int = 0) -> datetime:
    """The sandbox's time after ``step_ms`` more."""
    url = sandbox["rest"] + "/sandbox/clock"
    body = json.dumps({"step_ms": str(step_ms)}).encode() if step_ms else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        told = json.load(answer)
    assert told["code"] == "0", told
    return datetime.fromtimestamp(int(told["data"][0]["now_ms"]) / 1000, UTC)


def configuration(folder: Path, work: Path, mode: str) -> dict[str, Any]:
    """freqtrade's settings: those of our example, and a strategy."""
    dry, futures = mode == "dry", mode == "futures"
    shown = subprocess.run([sys.executable, EXAMPLE, folder], check=True, capture_output=True, text=True).stdout
    config = json.loads(shown)
    config["exchange"] |= {"pair_whitelist": ["BTC/USDT", "ETH/USDT"], "enable_ws": False}
    config |= {
        "dry_run": dry,
        "dry_run_wallet": 10_000,
        "max_open_trades": 2,
        "stake_currency": "USDT",
        "stake_amount": 500,
        "timeframe": "5m",
        "strategy": "Often",
        "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
        "pairlists": [{"method": "StaticPairList"}],
        "user_data_dir": str(work),
        "db_url": f"sqlite:///{work}/trades.sqlite",
        "bot_name": "lonja",
        "initial_state": "running",
        "internals": {"process_throttle_secs": 0},
    }
    if futures:
        config["exchange"]["pair_whitelist"] = ["BTC/USDT:USDT", "ETH/USDT:USDT"]
        config |= {"trading_mode": "futures", "margin_mode": "isolated", "strategy": "OftenBothWays"}
        config["order_types"] = {
            **dict.fromkeys(("entry", "exit", "emergency_exit"), "market"),
            "stoploss": "market",
            "stoploss_on_exchange": True,
            "stoploss_on_exchange_interval": 60,
        }
    (work / "strategies").mkdir(parents=True, exist_ok=True)
    (work / "strategies" / "often.py").write_text(FUTURES_STRATEGY if futures else STRATEGY)
    (work / "config.json").write_text(json.dumps(config))
    return Configuration({"config": [str(work / "config.json")]}, RunMode.DRY_RUN if dry else RunMode.LIVE).get_config()


def is_guarded(trade: Trade) -> bool:
    """Whether a stop of its waits on the exchange: it is placed in the round after the one that opened the trade."""
    return any(order.ft_order_side == "stoploss" and order.ft_is_open for order in trade.orders)


def main() -> None:
    """Trade."""
    folder, work, mode, hours = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    sandbox = json.loads((folder / "sandbox.json").read_text())
    with time_machine.travel(clock(sandbox), tick=True) as machine:
        config = configuration(folder, work, mode)
        worker = Worker({"config": [str(work / "config.json")]}, config)
        worker.freqtrade.state = State.RUNNING
        worker.freqtrade.startup()
        for _ in range(hours * 60):
            machine.move_to(clock(sandbox, STEP_MS), tick=True)
            worker.freqtrade.process()
        closed = Trade.get_trades([Trade.is_open.is_(False)]).all()
        told = {
            "closed": len(closed),
            "open": len(Trade.get_open_trades()),
            "guarded": sum(is_guarded(trade) for trade in Trade.get_open_trades()),
            "orders": [order.order_id for trade in closed for order in trade.orders],
            "profit": sum(trade.close_profit_abs for trade in closed),
            "shorts": sum(trade.is_short for trade in closed),
            "stops": len(
                {order.order_id for trade in closed for order in trade.orders if order.ft_order_side == "stoploss"}
            ),
        }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
