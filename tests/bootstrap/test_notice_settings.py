"""Who carries messages, as people write it; nothing leaves the machine unprotected."""

from pathlib import Path

import pytest

from lonja.adapters.mail_smtp import SmtpServer
from lonja.bootstrap.notice_settings import notice_settings
from lonja.primitives.errors import SettingsError

ENVIRONMENT = {"LONJA_SMTP_PASSWORD": "right", "LONJA_HOOK_SECRET": "sixteen letters!"}


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtp://mail.example.com", SmtpServer("mail.example.com", 587, "starttls", "", "right")),
        ("smtps://mail.example.com", SmtpServer("mail.example.com", 465, "tls", "", "right")),
        ("smtp://an%40a@mail.example.com:25", SmtpServer("mail.example.com", 25, "starttls", "an@a", "right")),
        ("smtp+plain://127.0.0.1:1025", SmtpServer("127.0.0.1", 1025, "none", "", "right")),
        ("smtp+plain://[::1]", SmtpServer("::1", 25, "none", "", "right")),
    ],
)
def test_a_mail_server_is_named_by_its_address(text: str, server: SmtpServer) -> None:
    assert notice_settings(text, "", ENVIRONMENT).smtp == server


@pytest.mark.parametrize(
    ("smtp", "hook", "sender", "environment", "sentence"),
    [
        ("mail.example.com", "", "", ENVIRONMENT, "names no host"),
        ("http://mail.example.com", "", "", ENVIRONMENT, "does not name a mail server"),
        ("smtp://user:secret@mail.example.com", "", "", ENVIRONMENT, "does not name a mail server"),
        ("smtp://mail.example.com/path", "", "", ENVIRONMENT, "does not name a mail server"),
        ("smtp://mail.example.com:x", "", "", ENVIRONMENT, "is no address"),
        ("smtp://user@mail.example.com", "", "", {}, "without a password"),
        ("smtp+plain://mail.example.com", "", "", ENVIRONMENT, "without TLS"),
        ("smtp+plain://192.0.2.1", "", "", ENVIRONMENT, "without TLS"),
        ("", "http://provider.example/x", "", ENVIRONMENT, "no https address"),
        ("", "ftp://provider.example/x", "", ENVIRONMENT, "no https address"),
        ("", "https://user@provider.example/x", "", ENVIRONMENT, "names a user"),
        ("", "https://provider.example/x", "", {"LONJA_HOOK_SECRET": "short"}, "no secret to sign with"),
        ("", "https:///x", "", ENVIRONMENT, "names no host"),
        ("", "", "no address", {}, "no e-mail address"),
        ("", "", "a@b\r\nBcc: c@d", {}, "no e-mail address"),
    ],
)
def test_what_does_not_fit_is_refused_without_telling_secrets(
    smtp: str, hook: str, sender: str, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        notice_settings(smtp, hook, environment, sender=sender)
    assert "secret@" not in str(refused.value)
    assert "right" not in str(refused.value)


def test_secrets_show_in_no_representation() -> None:
    settings = notice_settings("smtp://mail.example.com", "https://provider.example/x", ENVIRONMENT, smtp_ca=Path("ca"))
    assert settings.hook is not None
    assert settings.hook.secret == b"sixteen letters!"
    assert [secret for secret in ENVIRONMENT.values() if secret in repr(settings)] == []


def test_without_carriers_everything_stays_here() -> None:
    settings = notice_settings("", "", {})
    assert (settings.smtp, settings.hook) == (None, None)
