"""Messages and the two ways they leave."""

import mailbox
from pathlib import Path

import pytest

from jobs.mail import Mail, MailFolder, Smtp, UndeliveredError, mailer, render
from tests.jobs.conftest import SENDER, PostOffice

pytestmark = pytest.mark.anyio

MAIL = Mail(
    key="greeting.1", to="paul@example.test", subject="Hello\r\nBcc: otto@example.test", text="é\n", html="<p>é"
)


@pytest.mark.parametrize("way", ["smtp", "maildir"])
async def test_a_message_has_two_parts_and_a_steady_id(way: str, post_office: PostOffice, folder: Path) -> None:
    maildir = folder / "mail"
    chosen = mailer(post_office.url if way == "smtp" else None, maildir, SENDER)
    for _ in range(2):
        await chosen.send(MAIL)
    received = post_office.received if way == "smtp" else list(mailbox.Maildir(maildir, create=False))
    assert len(received) == 2
    for message in received:
        assert message["Message-ID"] == "<greeting.1@throughline.test>"
        assert message["Subject"] == "Hello Bcc: otto@example.test"
        assert message["Bcc"] is None
        assert [part.get_content_type() for part in message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]


async def test_a_refusal_does_not_name_the_recipient(post_office: PostOffice) -> None:
    post_office.answer = "550 no such person paul@example.test"
    with pytest.raises(UndeliveredError) as refused:
        await Smtp(post_office.url, SENDER).send(MAIL)
    assert "550" in str(refused.value)
    assert "paul" not in str(refused.value)


@pytest.mark.parametrize(("host", "sent"), [("127.0.0.1", [b"se/cret"]), ("127.0.0.2", [])])
async def test_a_password_leaves_the_machine_only_encrypted(host: str, sent: list[bytes]) -> None:
    # 127.0.0.2 is this machine too, but stands for another one: it is not one of the names that we know it by.
    office = PostOffice(host)
    office.open()
    try:
        way = Smtp(f"smtp://user:se%2Fcret@{host}:{office.port}", SENDER)
        if sent:
            await way.send(MAIL)
        else:
            with pytest.raises(UndeliveredError):
                await way.send(MAIL)
    finally:
        office.close()
    assert office.passwords == sent
    assert len(office.received) == len(sent)


@pytest.mark.parametrize(
    "url", ["http://mail.test", "smtp://", "smtp://u:secret@host:port", "smtp://[::1", "mail.test"]
)
def test_what_is_no_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must look like") as refused:
        Smtp(url, SENDER)
    assert "secret" not in str(refused.value)


def test_a_sender_must_have_an_address(folder: Path) -> None:
    with pytest.raises(ValueError, match="sender"):
        MailFolder(folder, "Throughline")


def test_html_is_escaped_and_text_is_not() -> None:
    values = {"client_name": "A & B", "program_name": "<b>", "link": "https://x.test/r/1", "expires": "Monday"}
    parts = render("status_link", **values)
    assert "A & B has been referred to <b>." in parts["text"]
    assert "A &amp; B" in parts["html"]
    assert "<b>" not in parts["html"]
