"""Who sees a note, and who may delete it."""

from sqlalchemy import ColumnElement, all_, and_, any_, exists, or_

from models.database import Row
from models.notes import Note
from models.people import Permission
from models.referrals import Referral
from policies import referrals
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the referral, but an internal note only inside its author's organization (FH11)."""
    return and_(
        or_(Note.shared, Note.organization_id == any_(who.organizations)),
        exists().where(Referral.id == Note.referral_id, referrals.visible(who)),
    )


def lost(former: Who, present: Who) -> ColumnElement[bool]:
    """An internal note of an organization that was left, on a referral that is still seen."""
    return and_(
        ~Note.shared,
        Note.organization_id == any_(former.organizations),
        Note.organization_id != all_(present.organizations),
        exists().where(Referral.id == Note.referral_id, referrals.visible(present)),
    )


Facts = Row
"""What a decision knows of the note: `author_id`, `deleted_at` and the `program_organization_id` of its referral."""


def delete(actor: Actor, note: Facts) -> Decision:
    """Its author, and an administrator of the referral's program; once."""
    if note["deleted_at"] is not None:
        return deny("FH10", "It is deleted already.")
    if note["author_id"] == actor.id:
        return allow("FH10", "You wrote it.")
    if actor.may(Permission.MANAGE_PROGRAMS, note["program_organization_id"]):
        return allow("FH10", "You administer the program.")
    return deny("FH10", "Only its author or a program administrator may delete a note.")
