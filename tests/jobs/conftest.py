"""A post office: a real SMTP server that keeps what it is given, and runners that bring mail to it."""

import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from jobs.mail import Mailer, Smtp
from jobs.runner import Runner
from models.database import Database
from policies.signing import Signer
from tests.graph import graph as graph
from tests.intake import intake as intake

SENDER = "Throughline <no-reply@throughline.test>"


class PostOffice:
    """An SMTP server that can be closed and opened again at the same address."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        with socket.socket() as probe:
            probe.bind((host, 0))
            self.port: int = probe.getsockname()[1]
        self.received: list[EmailMessage] = []
        self.passwords: list[bytes] = []
        self.answer = "250 OK"
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def open(self) -> None:
        self._controller = Controller(
            self, hostname=self.host, port=self.port, authenticator=self._authenticate, auth_require_tls=False
        )
        self._controller.start()

    def close(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, auth: Any) -> AuthResult:
        self.passwords.append(auth.password)
        return AuthResult(success=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.received.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def signer() -> Signer:
    return Signer("a secret for tests")


MakeRunner = Callable[..., Runner]


@pytest.fixture
async def make_runner(database: Database, signer: Signer, post_office: PostOffice) -> AsyncIterator[MakeRunner]:
    """Makes runners that try again at once, and stops them at the end."""
    async with AsyncExitStack() as stack:

        def make(mailer: Mailer | None = None, **options: Any) -> Runner:
            options = {"first_delay": timedelta(milliseconds=20), **options}
            mailer = mailer or Smtp(post_office.url, SENDER)
            runner = Runner(database, mailer, signer, "https://throughline.test/", **options)
            stack.push_async_callback(runner.stop)
            return runner

        yield make


def link_in(message: EmailMessage) -> str:
    """The address that the message's text names."""
    part = message.get_body(("plain",))
    assert part is not None
    found = re.search(r"https?://\S+", part.get_content())
    assert found is not None
    return found[0]
