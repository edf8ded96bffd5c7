"""What happens after a referral was made: those whom it concerns are told by e-mail."""

from typing import Any
from uuid import UUID

from jobs.kit import Job, Kit
from jobs.mail import Mail, render
from workflows import links
from workflows.partners import confirm


async def referral_submitted(kit: Kit, payload: dict[str, Any]) -> None:
    """Issue a link to each person who is told of the referral, and confirm it to its maker."""
    async with kit.database.transaction() as transaction:
        await links.issue(transaction, payload["referral_id"])
        await confirm.queue(transaction, payload["referral_id"])


async def status_link_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Mail a link to its person, if they are still to be told; once, unless we die between sending and noting it."""
    link_id = payload["link_id"]
    letter = await links.letter(kit.database, link_id)
    if letter is None:
        return
    parts = render(
        "status_link",
        client_name=letter.client_name,
        program_name=letter.program_name,
        link=f"{kit.base_url}/r/{kit.signer.sign('status-link', UUID(link_id).bytes)}",
        expires=f"{letter.expires_at:%A}, {letter.expires_at.day} {letter.expires_at:%B %Y}",
    )
    subject = f"New referral to {letter.program_name}"
    await kit.mailer.send(Mail(key=f"status-link.{link_id}", to=letter.address, subject=subject, **parts))
    async with kit.database.transaction() as transaction:
        await links.mark_mailed(transaction, link_id)


JOBS: dict[str, Job] = {"referral_submitted": referral_submitted, "status_link_mail": status_link_mail}
