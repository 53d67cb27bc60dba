"""Who writes to people in the house's name, and who carries it to them.

Why secrets come from the environment: what stands on a command line is seen by everybody on the machine. Invariant:
neither mail nor a provider's messages leave this machine unprotected.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from lonja.adapters.mail_smtp import SmtpServer
from lonja.adapters.messages_webhook import Hook
from lonja.primitives.errors import SettingsError

PASSWORD_VARIABLE: Final = "LONJA_SMTP_PASSWORD"  # noqa: S105  # where it is, not what
SECRET_VARIABLE: Final = "LONJA_HOOK_SECRET"  # noqa: S105  # the same
_SECRET_LENGTH_MIN: Final = 16
_Security = Literal["tls", "starttls", "none"]
_SCHEMES: Final[dict[str, tuple[_Security, int]]] = {
    "smtp": ("starttls", 587),
    "smtps": ("tls", 465),
    "smtp+plain": ("none", 25),
}


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """The house's name, where links lead until it knows its own address, its sender; without carriers all stays here."""

    house: str = "lonja"
    origin: str = "https://lonja.example"
    sender: str = "no-reply@lonja.example"
    smtp: SmtpServer | None = None
    hook: Hook | None = None


def notice_settings(
    smtp: str, hook: str, environment: Mapping[str, str], *, smtp_ca: Path | None = None, sender: str = ""
) -> NoticeSettings:
    """The settings as people write them: addresses of a mail server and of a provider's web hook, each "" for none.

    Raises ``SettingsError``.
    """
    chosen_sender = sender or NoticeSettings().sender
    if chosen_sender.count("@") != 1 or not chosen_sender.isascii() or not chosen_sender.isprintable():
        raise SettingsError(f"--mail-sender {sender!r} is no e-mail address.", "Write it like no-reply@example.com.")
    return NoticeSettings(
        sender=chosen_sender,
        smtp=_smtp_server(smtp, environment.get(PASSWORD_VARIABLE, ""), smtp_ca) if smtp else None,
        hook=_hook(hook, environment.get(SECRET_VARIABLE, "")) if hook else None,
    )


def _smtp_server(text: str, password: str, ca_file: Path | None) -> SmtpServer:
    remedy = "Write smtp://USER@HOST:PORT, or smtps:// for TLS from the first byte."
    parts, port = _split(text, "--smtp", remedy)
    if parts.scheme not in _SCHEMES or parts.path not in ("", "/") or parts.query or parts.password is not None:
        remedy = f"{remedy} The password comes from {PASSWORD_VARIABLE}."
        raise SettingsError("--smtp does not name a mail server.", remedy)
    security, default_port = _SCHEMES[parts.scheme]
    host, username = parts.hostname or "", unquote(parts.username or "")
    if security == "none" and not _is_here(host):
        raise SettingsError("--smtp asks for mail without TLS.", "That is for a server on this machine only.")
    if username and not password:
        raise SettingsError("--smtp names a user without a password.", f"Set {PASSWORD_VARIABLE}.")
    return SmtpServer(host, port or default_port, security, username, password, ca_file)


def _hook(text: str, secret: str) -> Hook:
    parts, _ = _split(text, "--message-hook", "Write https://HOST/PATH.")
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not _is_here(parts.hostname or "")):
        raise SettingsError(
            "--message-hook is no https address.", "Only a provider on this machine may do without TLS."
        )
    if parts.username is not None:
        raise SettingsError("--message-hook names a user.", f"Messages are signed with {SECRET_VARIABLE} instead.")
    if len(secret) < _SECRET_LENGTH_MIN:
        remedy = f"Set {SECRET_VARIABLE} to at least {_SECRET_LENGTH_MIN} characters shared with the provider."
        raise SettingsError("--message-hook has no secret to sign with.", remedy)
    return Hook(text, secret.encode())


def _split(text: str, option: str, remedy: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"{option} is no address: {error}.", remedy) from error
    if not parts.hostname:
        raise SettingsError(f"{option} names no host.", remedy)
    return parts, port


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
