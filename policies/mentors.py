"""Who sees mentors, and who decides whether they take new requests."""

from sqlalchemy import ColumnElement, and_, any_, exists, func, or_

from models.database import Row
from models.mentors import Mentor
from models.people import Membership, Permission, User
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Themself, and whoever coordinates an intake: assignment lists widen to all chapters (SC8)."""
    return or_(own(who), func.cardinality(who.intakes) > 0)


def own(who: Who) -> ColumnElement[bool]:
    """It is their own record as a volunteer."""
    return Mentor.user_id == who.id


def of_own_chapters(who: Who) -> ColumnElement[bool]:
    """Volunteers of the chapters whose intake they coordinate (SC18, SC19)."""
    return and_(Mentor.chapter_id == any_(who.intakes), serves())


def involved(who: Who) -> ColumnElement[bool]:
    """Whether what they see of it may differ from what a colleague with equal rights sees."""
    return or_(func.cardinality(who.organizations) == 0, own(who))


def serves() -> ColumnElement[bool]:
    """They are active, and still belong to their chapter."""
    return and_(
        Mentor.active,
        exists().where(
            Membership.user_id == Mentor.user_id,
            Membership.organization_id == Mentor.chapter_id,
            Membership.ended_at.is_(None),
            User.id == Mentor.user_id,
            User.banned_at.is_(None),
        ),
    )


Facts = Row
"""What a decision knows of the mentor: `user_id` and `chapter_id`."""


def set_availability(actor: Actor, mentor: Facts) -> Decision:
    """Mentors and experts decide themselves how much they take on."""
    if mentor["user_id"] == actor.id:
        return allow("SC17", "It is your own availability.")
    return deny("SC17", "Only the mentor decides about their availability.")


def enrol(actor: Actor, chapter_id: str) -> Decision:
    """Those who coordinate a chapter's intake say who mentors there."""
    if actor.may(Permission.COORDINATE_INTAKE, chapter_id):
        return allow("SC8", "You coordinate the intake of this chapter.")
    return deny("SC8", "Only those who coordinate the chapter's intake may do this.")
