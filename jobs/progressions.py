"""What happens after a decision about a client's progress: e-mails, and a new case manager; and delegates' turns."""

from typing import Any

from jobs.kit import Job, Kit
from jobs.mail import Mail, render
from models.delegations import DelegationStatus
from workflows import delegations
from workflows.engagements.automatic import assign_automatically
from workflows.progressions import letters


async def progression_denied_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Tell one person of a denial; once, unless we die between sending and noting it."""
    mail_id = payload["mail_id"]
    async with kit.database.transaction() as transaction:
        letter = await letters.claim(transaction, mail_id)
        if letter is None:
            return
        parts = render(
            "progression_denied",
            client_name=letter.client_name,
            recommended=letter.recommended,
            comments=letter.comments,
        )
        subject = f"Not approved: {letter.client_name}, {letter.recommended}"
        await kit.mailer.send(Mail(key=f"denial.{mail_id}", to=letter.address, subject=subject, **parts))
        await letters.mark_mailed(transaction, mail_id)


async def case_manager_assignment(kit: Kit, payload: dict[str, Any]) -> None:
    """Assign a new case manager, unless a leader has decided meanwhile."""
    async with kit.database.transaction() as transaction:
        await assign_automatically(transaction, payload["engagement_id"])


async def delegation_turn(kit: Kit, payload: dict[str, Any]) -> None:
    """Begin or end a delegation whose time has come."""
    async with kit.database.transaction() as transaction:
        await delegations.turn(transaction, payload["delegation_id"], DelegationStatus(payload["status"]))


JOBS: dict[str, Job] = {
    "progression_denied_mail": progression_denied_mail,
    "case_manager_assignment": case_manager_assignment,
    "delegation_turn": delegation_turn,
}
