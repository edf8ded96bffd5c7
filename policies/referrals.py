"""Who sees a referral, and what they may do with it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, any_, func, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.base import Id
from models.database import Row
from models.notes import Note
from models.referrals import Referral
from policies.actors import UUIDS, Who
from policies.decisions import Decision, allow, deny


def made_it(who: Who) -> ColumnElement[bool]:
    """They made it, and still work for the organization they made it for (FH12)."""
    return and_(
        Referral.made_by_id == who.id,
        or_(Referral.organization_id.is_(None), Referral.organization_id == any_(who.organizations)),
    )


def on_the_team(who: Who) -> ColumnElement[bool]:
    """A team of theirs shared it when it was made (FH13)."""
    return Referral.shared_with.op("&&", is_comparison=True)(who.teams)


def outbound(who: Who) -> ColumnElement[bool]:
    """They made it, or it is shared with them."""
    return or_(made_it(who), on_the_team(who))


def reaches_program() -> ColumnElement[bool]:
    """It is live, and the client's consent stands (FH21)."""
    return and_(Referral.live, Referral.consent_ended_at.is_(None))


def inbound(who: Who) -> ColumnElement[bool]:
    """They work on its program, and it reaches the program (FH14)."""
    return _inbound_to(any_(who.programs))


def inbound_by_program(who: Who) -> tuple[ColumnElement[Any], Callable[[ColumnElement[Any]], ColumnElement[bool]]]:
    """The same, program by program: the programs, and the predicate for one of them."""
    return who.programs, _inbound_to


def _inbound_to(program_id: Any) -> ColumnElement[bool]:
    return and_(Referral.program_id == program_id, reaches_program())


def own(who: Who) -> ColumnElement[bool]:
    """It is about them, as the client."""
    return Referral.client_id == any_(who.clients)


def visible(who: Who) -> ColumnElement[bool]:
    """Whether they see the referral at all: the one predicate for queries, loaders, locks, nodes and streams."""
    return or_(outbound(who), inbound(who), own(who))


def insiders(client_id: InstrumentedAttribute[Id]) -> ColumnElement[Any]:
    """Those to whom this client's referrals may read otherwise than to a colleague with equal rights.

    They have made one of them, which may be private, or have written on one a note that only they and administrators
    may delete.
    """
    other = aliased(Referral)
    made = select(other.made_by_id).where(other.client_id == client_id).correlate(client_id.class_)
    wrote = select(Note.author_id).join(other, other.id == Note.referral_id).where(other.client_id == client_id)
    return func.array(union(made, wrote.correlate(client_id.class_)).scalar_subquery(), type_=UUIDS)


def involved(who: Who, client_id: InstrumentedAttribute[Id]) -> ColumnElement[bool]:
    """Whether what they see of this client's referrals may differ from what a colleague with equal rights sees.

    It does for insiders; and for whoever belongs nowhere, so that nobody else would see their full name.
    """
    return or_(func.cardinality(who.organizations) == 0, who.id == any_(insiders(client_id)))


Facts = Row
"""What a decision knows of the referral: the columns that its caller fetched."""


def set_status(referral: Facts) -> Decision:
    """Whoever sees a referral may set its status."""
    return allow("FH4", "Any party with access may set the status.")


def add_note(referral: Facts) -> Decision:
    """Whoever sees a referral may add notes."""
    return allow("FH10", "Any party with access may add notes.")


def set_goal(referral: Facts) -> Decision:
    """Whoever sees a referral and its client's goals may file it under one; needs `details_shown`."""
    if referral["details_shown"]:
        return allow("FH18", "Any party with access may file the referral under a goal that they see.")
    return deny(
        "FH20", "The client asked not to be reached out to, or withdrew consent: you see the name only, and no goals."
    )
