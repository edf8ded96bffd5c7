"""E-mail: by SMTP, or into a maildir where no server is named."""

import asyncio
import mailbox
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from workflows import clock

SECONDS = 10

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
)


class UndeliveredError(Exception):
    """The server did not take the message. Names neither the recipient nor the server's password."""


@dataclass(frozen=True)
class Mail:
    """A message to one person. The same `key` makes the same Message-ID, so that a repeat can be recognised."""

    key: str
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Whatever takes a message out of our hands."""

    async def send(self, mail: Mail) -> None:
        """Return once the message is in other hands; raise where it is not."""


class Smtp:
    """Hands each message to the server named by `smtp://user:password@host:port`, or `smtps://` for TLS throughout.

    A password is never sent unencrypted, but to this machine itself.
    """

    def __init__(self, url: str, sender: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if host is None or parts.scheme not in {"smtp", "smtps"}:
            raise ValueError("SMTP_URL must look like smtp://user:password@host:port, or smtps://…")
        tls = parts.scheme == "smtps"
        must_upgrade = not tls and parts.username and host not in {"localhost", "127.0.0.1", "::1"}
        self._sender = _Sender(sender)
        self._options: dict[str, Any] = {
            "hostname": host,
            "port": port,
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password or "") if parts.username else None,
            "use_tls": tls,
            "start_tls": True if must_upgrade else None,
            "local_hostname": self._sender.domain,
            "timeout": SECONDS,
        }

    async def send(self, mail: Mail) -> None:
        """Return once the server has taken the message."""
        try:
            await aiosmtplib.send(self._sender.message(mail), **self._options)
        except aiosmtplib.SMTPResponseException as error:
            raise UndeliveredError(f"The mail server answered {error.code} ({type(error).__name__}).") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise UndeliveredError(f"The mail server did not take the message ({type(error).__name__}).") from None


class MailFolder:
    """Keeps each message as a file of a maildir, which any mail program can open."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = _Sender(sender)
        self._one_at_a_time = asyncio.Lock()

    async def send(self, mail: Mail) -> None:
        """Return once the message is on disk."""
        message = self._sender.message(mail).as_bytes()
        async with self._one_at_a_time:
            await asyncio.to_thread(self._write, message)

    def _write(self, message: bytes) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self._folder).add(message)


def mailer(smtp_url: str | None, folder: Path, sender: str) -> Mailer:
    """SMTP where a server is named, else the maildir `folder`. `sender` is an address, with or without a name."""
    return Smtp(smtp_url, sender) if smtp_url else MailFolder(folder, sender)


def render(template: str, **values: Any) -> dict[str, str]:
    """The text and the HTML part of a message, from `templates/<template>.txt` and `.html`."""
    return {
        part: _templates.get_template(f"{template}.{suffix}").render(values)
        for part, suffix in (("text", "txt"), ("html", "html"))
    }


class _Sender:
    def __init__(self, address: str) -> None:
        self._address = address
        self.domain = parseaddr(address)[1].partition("@")[2]
        if not self.domain:
            raise ValueError("The sender of e-mails must be an address such as Throughline <no-reply@example.org>.")

    def message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["Message-ID"] = f"<{mail.key}@{self.domain}>"
        message["Date"] = format_datetime(clock.now())
        message["From"] = self._address
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
