"""E-mails that a workflow has posted: invitations, notifications, digests."""

from typing import Any
from uuid import UUID

from jobs.kit import Job, Kit
from jobs.mail import Mail, render
from models.notifications import NotificationKind
from workflows import letters
from workflows.letters import InvitationLetter, NotificationLetter

_WHAT = {
    NotificationKind.NAVIGATOR_ASSIGNED: "you are a navigator now",
    NotificationKind.REFERRAL_SUBMITTED: "a new referral",
    NotificationKind.REFERRAL_STATUS_SET: "a referral has a new status",
    NotificationKind.NOTE_ADDED: "a new note on a referral",
    NotificationKind.CLIENT_UPDATED: "the record was changed",
    NotificationKind.CONSENT_CHANGED: "the consent to referrals has changed",
    NotificationKind.PORTAL_CHANGED: "the portal account has changed",
}
assert set(_WHAT) == set(NotificationKind)


async def letter_mail(kit: Kit, payload: dict[str, Any]) -> None:
    """Send a letter, if it still has something to say.

    Its row stays locked meanwhile, so that of two runs the second finds it sent; one that dies between sending and
    noting it sends it again, under the same Message-ID.
    """
    letter_id = payload["letter_id"]
    async with kit.database.transaction() as transaction:
        await letters.close(transaction, letter_id)
    async with kit.database.transaction() as transaction:
        letter = await letters.take(transaction, letter_id)
        if letter is not None:
            await kit.mailer.send(_mail(kit, letter_id, letter))
        await letters.done(transaction, letter_id)


async def letter_given_up(kit: Kit, payload: dict[str, Any], reason: str) -> None:
    """Put a letter that has been tried too often before the organization's administrators."""
    async with kit.database.transaction() as transaction:
        await letters.give_up(transaction, payload["letter_id"], reason)


def _mail(kit: Kit, letter_id: str, letter: InvitationLetter | NotificationLetter) -> Mail:
    if isinstance(letter, InvitationLetter):
        subject, parts = _invitation(kit, letter)
    else:
        subject, parts = _notifications(kit, letter)
    return Mail(key=f"letter.{letter_id}", to=letter.address, subject=subject, **parts)


def _invitation(kit: Kit, letter: InvitationLetter) -> tuple[str, dict[str, str]]:
    parts = render(
        "invitation",
        organization_name=letter.organization_name,
        to_portal=letter.to_portal,
        link=f"{kit.base_url}/i/{kit.signer.sign('invitation', UUID(letter.invitation_id).bytes)}",
        expires=f"{letter.expires_at:%A}, {letter.expires_at.day} {letter.expires_at:%B %Y}",
    )
    return f"{letter.organization_name} invites you", parts


def _notifications(kit: Kit, letter: NotificationLetter) -> tuple[str, dict[str, str]]:
    lines = [(line.client_name, _WHAT[line.kind]) for line in letter.lines]
    parts = render("notifications", lines=lines, is_digest=letter.is_digest, link=kit.base_url)
    if letter.is_digest:
        return "What happened to your clients", parts
    return f"{lines[0][0]}: {lines[0][1]}", parts


JOBS: dict[str, Job] = {letters.JOB: letter_mail}
