"""Settings, by environment."""

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHORTEST_SECRET = 32
"""In bytes: HS256 with less can be guessed."""


class SettingsError(Exception):
    """A setting that cannot be meant."""


@dataclass(frozen=True)
class Settings:
    """How this program runs."""

    host: str = "127.0.0.1"
    port: int = 8000
    data_dir: Path = Path(".data")
    database_url: str | None = None
    """None: an embedded PostgreSQL under the data folder."""
    doorbell_url: str | None = None
    """None: the database's own."""
    smtp_url: str | None = None
    """None: mail is written to a maildir under the data folder."""
    mail_from: str = "Throughline <no-reply@throughline.test>"
    base_url: str | None = None
    """Where people reach the server, for links in e-mails."""
    secret_key: str = ""
    workers: int = 1
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    access_token_minutes: float = 15
    feed_days: int = 30
    """How long a dashboard may be away and go on where it was; who comes later starts again."""

    @property
    def public_url(self) -> str:
        """Where people reach the server."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")


def from_environment() -> Settings:
    """The settings that the environment names; the rest are the defaults."""
    data_dir = Path(os.environ.get("DATA_DIR") or ".data").resolve()
    return Settings(
        host=os.environ.get("HOST") or "127.0.0.1",
        port=_number("PORT", 8000, 1, 65535),
        data_dir=data_dir,
        database_url=os.environ.get("DATABASE_URL") or None,
        doorbell_url=os.environ.get("DOORBELL_URL") or None,
        smtp_url=os.environ.get("SMTP_URL") or None,
        mail_from=os.environ.get("MAIL_FROM") or Settings.mail_from,
        base_url=os.environ.get("BASE_URL") or None,
        secret_key=_secret(os.environ.get("SECRET_KEY") or ""),
        workers=_number("WORKERS", 1, 1, 64),
        oidc_issuer=os.environ.get("OIDC_ISSUER") or None,
        oidc_audience=os.environ.get("OIDC_AUDIENCE") or None,
        feed_days=_number("FEED_DAYS", 30, 1, 3650),
        access_token_minutes=_number("ACCESS_TOKEN_MINUTES", 15, 1, 24 * 60),
    )


def _number(name: str, default: int, least: int, most: int) -> int:
    text = os.environ.get(name)
    if not text:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a number from {least} to {most}, not {text!r}.")
    return int(text)


def _secret(text: str) -> str:
    if text and len(text.encode(errors="surrogateescape")) < SHORTEST_SECRET:
        raise SettingsError(
            f"SECRET_KEY must have at least {SHORTEST_SECRET} bytes: `openssl rand -base64 48` makes one."
        )
    return text


def kept_secret(data_dir: Path) -> str:
    """The secret of this data folder, made at the first use: for trying out, where SECRET_KEY is not set."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            # Whole or not at all: somebody else may be starting on the same folder.
            number, draft = tempfile.mkstemp(dir=data_dir)
            with open(number, "w") as file:
                file.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            os.unlink(draft)
        secret = path.read_text()
    except OSError as error:
        raise SettingsError(f"The data folder {data_dir} cannot be written: {error.strerror}.") from error
    if len(secret) < SHORTEST_SECRET:
        raise SettingsError(f"{path} is damaged. Without it, a new one is made, and everybody has to sign in again.")
    return secret
