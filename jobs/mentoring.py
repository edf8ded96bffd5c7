"""E-mail about mentoring requests."""

from typing import Any

from jobs.kit import Job, Kit
from jobs.mail import Mail, render
from models.mentoring import MailKind
from workflows.mentoring import mails

_SUBJECTS = {
    MailKind.RECEIVED: "New request for a mentor",
    MailKind.ASSIGNED: "You are asked to mentor",
    MailKind.PUT_BACK: "A request for a mentor is back in the queue",
    MailKind.TRANSFERRED: "A request for a mentor was transferred to you",
    MailKind.STAGNANT: "A request for a mentor has not moved",
}


async def mentoring_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Mail a notice or a letter to its recipient; once, unless we die between sending and noting it."""
    mail_id = payload["mail_id"]
    unsent = await mails.unsent(kit.database, mail_id)
    if unsent is None:
        return
    if isinstance(unsent, mails.Letter):
        parts, subject = render("mentoring_letter", body=unsent.body), unsent.subject
    else:
        parts = render(
            "mentoring_notice",
            kind=unsent.kind,
            client_name=unsent.client_name,
            chapter_name=unsent.chapter_name,
            days=unsent.stagnation_days,
            title=_SUBJECTS[unsent.kind],
            link=f"{kit.base_url}/mentoring/{unsent.request_id}",
        )
        subject = f"{_SUBJECTS[unsent.kind]}: {unsent.client_name}"
    await kit.mailer.send(Mail(key=f"mentoring.{mail_id}", to=unsent.address, subject=subject, **parts))
    async with kit.database.transaction() as transaction:
        await mails.mark_sent(transaction, mail_id)


JOBS: dict[str, Job] = {"mentoring_mail": mentoring_mail}
