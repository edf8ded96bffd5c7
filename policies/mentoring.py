"""Who sees a mentoring request and what is kept with it, and what they may do with it."""

from sqlalchemy import ColumnElement, and_, any_, exists, func, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Id
from models.database import Row
from models.events import Event
from models.mentoring import (
    MailKind,
    MatchedBy,
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringOpening,
    MentoringRequest,
    MentoringSession,
    MentoringTransfer,
)
from models.people import Permission
from policies import referrals
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny

OWN = (MatchedBy.ACCOUNT.value, MatchedBy.EMAIL.value)
"""A client sees a request as their own by these; others may share a phone, or a name and a postal code."""
AMONG_STAFF = tuple(f"mentoring_request.{verb}" for verb in ("note_added", "mail_written", "stagnant", "mark_lifted"))
AMONG_COORDINATORS = ("mentoring_request.opened", "mentoring_request.closed")


def coordinates(who: Who) -> ColumnElement[bool]:
    """They coordinate the intake of its chapter."""
    return MentoringRequest.chapter_id == any_(who.intakes)


def mentors(who: Who) -> ColumnElement[bool]:
    """It is assigned to them, answered or not, and they still belong to the chapter for which they mentor."""
    return and_(MentoringRequest.mentor_id == who.id, MentoringRequest.mentor_chapter_id == any_(who.organizations))


def own(who: Who) -> ColumnElement[bool]:
    """They sent it signed in, or it came with the e-mail address of the client record that is theirs."""
    return and_(
        MentoringRequest.client_id == any_(who.clients), or_(*(MentoringRequest.matched_by == by for by in OWN))
    )


def staff(who: Who) -> ColumnElement[bool]:
    """They work on it."""
    return or_(coordinates(who), mentors(who))


def visible(who: Who) -> ColumnElement[bool]:
    """Whether they see the request at all: the one predicate for queries, loaders, locks, nodes and streams."""
    return or_(staff(who), own(who))


def in_queue(who: Who) -> ColumnElement[bool]:
    """It needs action by their chapter: until a session is recorded (SC2, SC21)."""
    return and_(coordinates(who), MentoringRequest.session_at.is_(None))


def involved(who: Who) -> ColumnElement[bool]:
    """Whether what they see of it may differ from what a colleague with equal rights sees."""
    was_theirs = exists().where(
        MentoringAssignment.request_id == MentoringRequest.id, MentoringAssignment.user_id == who.id
    )
    return or_(
        func.cardinality(who.organizations) == 0,
        was_theirs,
        referrals.involved(who, MentoringRequest.client_id),  # type: ignore[arg-type]
    )


def _of_request(request_id: InstrumentedAttribute[Id], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(MentoringRequest.id == request_id, condition)


def assignment_visible(who: Who) -> ColumnElement[bool]:
    """Those who work on the request; and the mentor whose it was, who is told that it is no longer theirs."""
    return or_(MentoringAssignment.user_id == who.id, _of_request(MentoringAssignment.request_id, staff(who)))


def current_visible(who: Who) -> ColumnElement[bool]:
    """Of the assignments, the one that has not ended."""
    return and_(MentoringAssignment.ended_at.is_(None), assignment_visible(who))


def note_visible(who: Who) -> ColumnElement[bool]:
    """Those who work on the request, not its client."""
    return _of_request(MentoringNote.request_id, staff(who))


def mail_visible(who: Who) -> ColumnElement[bool]:
    """What was written to the client, for those who work on the request."""
    return and_(MentoringMail.kind == MailKind.TO_CLIENT.value, _of_request(MentoringMail.request_id, staff(who)))


def transfer_visible(who: Who) -> ColumnElement[bool]:
    """Those who work on the request."""
    return _of_request(MentoringTransfer.request_id, staff(who))


def opening_visible(who: Who) -> ColumnElement[bool]:
    """Those who coordinate the intake: so that two never work on one request unknowingly."""
    return _of_request(MentoringOpening.request_id, coordinates(who))


def session_visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the request."""
    return _of_request(MentoringSession.request_id, visible(who))


def history_visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the request; its client not what is said among those who work on it."""
    return and_(
        or_(and_(*(Event.action != action for action in AMONG_STAFF)), _of_request(Event.record_id, staff(who))),
        or_(
            and_(*(Event.action != action for action in AMONG_COORDINATORS)),
            _of_request(Event.record_id, coordinates(who)),
        ),
    )


Facts = Row
"""What a decision knows of the request: `chapter_id`, `status`, `mentor_id`, `mentor_chapter_id`, `session_at`."""


def is_coordinator(actor: Actor, request: Facts) -> bool:
    """Whether they coordinate the intake of its chapter."""
    return request["chapter_id"] in actor.intakes


def is_mentor(actor: Actor, request: Facts) -> bool:
    """Whether it is theirs, answered or not."""
    return request["mentor_id"] is not None and request["mentor_id"] == actor.id


def _for_coordinators(actor: Actor, request: Facts, rule: str) -> Decision:
    if is_coordinator(actor, request):
        return allow(rule, "You coordinate the intake of its chapter.")
    return deny(rule, "Only those who coordinate the chapter's intake may do this.")


def _for_mentor(actor: Actor, request: Facts, rule: str) -> Decision:
    if is_mentor(actor, request):
        return allow(rule, "It is assigned to you.")
    return deny(rule, "It is for the mentor to whom it is assigned.")


def _for_staff(actor: Actor, request: Facts, rule: str) -> Decision:
    if is_coordinator(actor, request) or is_mentor(actor, request):
        return allow(rule, "You work on it.")
    return deny(rule, "Only those who work on the request may do this.")


def open_(actor: Actor, request: Facts) -> Decision:
    """Coordinators show each other what they have open."""
    return _for_coordinators(actor, request, "SC4")


def assign(actor: Actor, request: Facts) -> Decision:
    """Coordinators assign and reassign."""
    return _for_coordinators(actor, request, "SC8")


def override_limit(actor: Actor, request: Facts) -> Decision:
    """A coordinator whose role carries that permission, too."""
    if is_coordinator(actor, request) and actor.may(Permission.OVERRIDE_LIMITS, request["chapter_id"]):
        return allow("SC20", "Your role lets you override a mentor's limit.")
    return deny("SC20", "The mentor is at their limit, and your role does not let you override it.")


def answer(actor: Actor, request: Facts) -> Decision:
    """The mentor accepts or declines."""
    return _for_mentor(actor, request, "SC10")


def hand_back(actor: Actor, request: Facts) -> Decision:
    """The mentor hands back what they accepted."""
    return _for_mentor(actor, request, "SC13")


def put_back(actor: Actor, request: Facts) -> Decision:
    """Coordinators take it back while the mentor has not answered."""
    return _for_coordinators(actor, request, "SC12")


def transfer(actor: Actor, request: Facts) -> Decision:
    """Coordinators send it to another chapter."""
    return _for_coordinators(actor, request, "SC16")


def add_note(actor: Actor, request: Facts) -> Decision:
    """Whoever works on it writes notes."""
    return _for_staff(actor, request, "SC14")


def mail_client(actor: Actor, request: Facts) -> Decision:
    """Whoever works on it writes to the client."""
    return _for_staff(actor, request, "SC15")


def record_session(actor: Actor, request: Facts) -> Decision:
    """Whoever works on it records that they met."""
    return _for_staff(actor, request, "SC21")
