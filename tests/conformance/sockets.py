"""What a bare WebSocket needs before it may follow private channels."""

import base64
import hmac
import json
import time

from websockets.sync.client import ClientConnection


def log_in(socket: ClientConnection, keys: dict[str, str]) -> None:
    """Log in with the keys of an account, as ``sandbox.json`` tells them."""
    moment = str(int(time.time()))
    digest = hmac.digest(keys["secret_key"].encode(), f"{moment}GET/users/self/verify".encode(), "sha256")
    names = {"apiKey": keys["api_key"], "passphrase": keys["passphrase"], "timestamp": moment}
    socket.send(json.dumps({"op": "login", "args": [{**names, "sign": base64.b64encode(digest).decode()}]}))
    answer = json.loads(socket.recv(timeout=10))
    assert (answer["event"], answer["code"]) == ("login", "0"), answer
