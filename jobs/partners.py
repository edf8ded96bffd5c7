"""E-mail to case managers: the link that activates their login, and that their referral was sent."""

from typing import Any
from uuid import UUID

from jobs.kit import Job, Kit
from jobs.mail import Mail, render
from workflows.partners import confirm, login


async def activation_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Mail an activation link, if it is still of use; once, unless we die between sending and noting it."""
    id = payload["activation_id"]
    letter = await login.letter(kit.database, id)
    if letter is None:
        return
    parts = render(
        "activation",
        first_name=letter.first_name,
        company=letter.company,
        link=f"{kit.base_url}/activate/{kit.signer.sign('activation', UUID(id).bytes)}",
        expires=f"{letter.expires_at:%A}, {letter.expires_at.day} {letter.expires_at:%B %Y}",
    )
    await kit.mailer.send(Mail(key=f"activation.{id}", to=letter.address, subject="Activate your login", **parts))
    async with kit.database.transaction() as transaction:
        await login.mark_mailed(transaction, id)


async def confirmation_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Tell a case manager that their referral was sent, if their address is confirmed; once, as above."""
    id = payload["referral_id"]
    letter = await confirm.letter(kit.database, id)
    if letter is None:
        return
    parts = render("confirmation", client=letter.client, program=letter.program)
    subject = f"Your referral to {letter.program}"
    await kit.mailer.send(Mail(key=f"confirmation.{id}", to=letter.address, subject=subject, **parts))
    async with kit.database.transaction() as transaction:
        await confirm.mark_mailed(transaction, id)


JOBS: dict[str, Job] = {"activation_mail": activation_mail, "confirmation_mail": confirmation_mail}
