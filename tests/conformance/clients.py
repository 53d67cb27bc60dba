"""Unmodified clients, changed in nothing but host and keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro


def ccxt_client(kind: Callable[[dict[str, Any]], Any], told: dict[str, Any], account: int = 0) -> Any:
    """``kind`` is a class of ccxt, of any of its three ways; ``told`` is what ``sandbox.json`` says."""
    keys = told["accounts"][account]
    secrets = {"apiKey": keys["api_key"], "secret": keys["secret_key"], "password": keys["passphrase"]}
    client = kind({**secrets, "enableRateLimit": False})
    for group in ("api", "test"):
        client.urls[group]["rest"] = told["rest"]
        client.urls[group]["ws"] = told["ws"]
    return client


@asynccontextmanager
async def pro_client(told: dict[str, Any], account: int = 0, *, demo: bool = False) -> AsyncIterator[Any]:
    """ccxt.pro with markets loaded; closed at the end, whatever happens."""
    client = ccxt_client(ccxt.pro.okx, told, account)
    client.set_sandbox_mode(demo)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()
