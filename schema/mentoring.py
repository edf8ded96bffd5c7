"""Requests for a mentor, and what is kept with them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Integer, Text, case, cast, func, select

import loaders.chapters
import loaders.clients
import loaders.mentoring
import loaders.mentors
import loaders.people
import models.mentoring as rows
from loaders.edges import NOW
from models.events import Event
from models.mentoring import AssignmentEnding, MatchedBy, MentoringStatus, RequestSource
from policies import mentoring as policy
from policies.actors import ONE
from schema.access import Permit, Withheld, permit
from schema.chapters import Chapter
from schema.clients import Client
from schema.fields import arguments, column, connection, derived, described, edge, kind
from schema.mentors import Mentor
from schema.node import Node
from schema.paging import Connection
from schema.people import Actor
from workflows.mentoring.lifecycle import LIFECYCLE

strawberry.enum(MentoringStatus, description="Who has to act on a request for a mentor.")
strawberry.enum(RequestSource, name="MentoringRequestSource", description="Who sent a request in.")
strawberry.enum(MatchedBy, description="How a request's client is known already.")
strawberry.enum(AssignmentEnding, description="How an assignment ended.")

_staff = policy.staff(ONE)
_AMONG_STAFF = ("isNewClient", "matchedBy", "client", "stagnantSince", "notes", "mails", "transfers", "openedBy")


def _for_staff(value: Any) -> ColumnElement[Any]:
    """The value for those who work on the request, null for its client."""
    return case((_staff, value))


def _withheld(actor: object, row: Mapping[str, Any]) -> list[dict[str, str]]:
    if row["is_staff"]:
        return []
    return [{"field": name, "reason": "It is for those who work on the request."} for name in _AMONG_STAFF]


_deadline = (
    select(rows.MentoringAssignment.deadline)
    .where(
        rows.MentoringAssignment.request_id == rows.MentoringRequest.id,
        rows.MentoringAssignment.ended_at.is_(None),
        rows.MentoringAssignment.accepted_at.is_(None),
    )
    .correlate(rows.MentoringRequest)
    .scalar_subquery()
)


def _hours_since(moment: Any) -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", NOW - moment) / 3600), Integer)


@arguments
class MentoringRequestFilter:
    """Which requests; all conditions together."""

    status: list[MentoringStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    stagnant: bool | None = strawberry.field(default=None, description="Marked as stagnant, or not.")
    chapter_id: strawberry.ID | None = strawberry.field(default=None, description="Of this chapter.")
    search: str | None = strawberry.field(default=None, description="Whose client's name contains this.")


@kind
class MentoringAssignment(Node):
    """That a request was given to a mentor, and what came of it; its mentor sees it even when it is over."""

    id: strawberry.ID = column(rows.MentoringAssignment.id, "Its id.")
    mentor: Mentor | None = edge(loaders.mentors.by_id, rows.MentoringAssignment.mentor_id, "To whom.")
    person: Actor | None = edge(loaders.people.named, rows.MentoringAssignment.user_id, "Who that is.")
    assigned_by: Actor | None = edge(
        loaders.people.named, rows.MentoringAssignment.assigned_by_id, "By whom; null: the client asked for them."
    )
    direct: bool = column(rows.MentoringAssignment.direct, "Whether the client asked for this mentor themself.")
    assigned_at: datetime = column(rows.MentoringAssignment.assigned_at, "When.")
    deadline: datetime = column(rows.MentoringAssignment.deadline, "Until when the mentor has time to answer.")
    accepted_at: datetime | None = column(rows.MentoringAssignment.accepted_at, "When the mentor accepted it.")
    ended_at: datetime | None = column(rows.MentoringAssignment.ended_at, "When it ended.")
    ending: AssignmentEnding | None = column(rows.MentoringAssignment.ending, "How it ended.")
    reason: str | None = column(rows.MentoringAssignment.reason, "Why, where somebody said.")
    override_reason: str | None = column(
        rows.MentoringAssignment.override_reason, "Why it was made although the mentor was at their limit."
    )


@kind
class MentoringSession(Node):
    """A mentor and a client have met."""

    id: strawberry.ID = column(rows.MentoringSession.id, "Its id.")
    mentor: Actor | None = edge(loaders.people.named, rows.MentoringSession.mentor_id, "The mentor.")
    recorded_by: Actor | None = edge(loaders.people.named, rows.MentoringSession.recorded_by_id, "Who recorded it.")
    held_at: datetime = column(rows.MentoringSession.held_at, "When they met.")
    recorded_at: datetime = column(rows.MentoringSession.recorded_at, "When it was recorded.")


@kind
class MentoringNote(Node):
    """What those who work on a request write for each other."""

    id: strawberry.ID = column(rows.MentoringNote.id, "Its id.")
    body: str = column(rows.MentoringNote.body, "The text.")
    author: Actor | None = edge(loaders.people.named, rows.MentoringNote.author_id, "Who wrote it.")
    created_at: datetime = column(rows.MentoringNote.created_at, "When.")


@kind
class MentoringMail(Node):
    """An e-mail to the client of a request."""

    id: strawberry.ID = column(rows.MentoringMail.id, "Its id.")
    address: str = column(rows.MentoringMail.address, "To which address it goes.")
    subject: str = column(rows.MentoringMail.subject, "Its subject.")
    body: str = column(rows.MentoringMail.body, "Its text.")
    sender: Actor | None = edge(loaders.people.named, rows.MentoringMail.sender_id, "Who wrote it.")
    created_at: datetime = column(rows.MentoringMail.created_at, "When it was written.")
    sent_at: datetime | None = column(rows.MentoringMail.sent_at, "When it went out; null: not yet.")


@kind
class MentoringTransfer:
    """A request went from one chapter to another."""

    id: strawberry.ID = column(rows.MentoringTransfer.id, "Its id.")
    from_chapter: Chapter | None = edge(
        loaders.chapters.by_id, rows.MentoringTransfer.from_chapter_id, "From which chapter."
    )
    named_chapter: Chapter | None = edge(
        loaders.chapters.by_id, rows.MentoringTransfer.named_chapter_id, "The chapter that was named."
    )
    to_chapter: Chapter | None = edge(
        loaders.chapters.by_id,
        rows.MentoringTransfer.to_chapter_id,
        "Where it went: the national queue, where the named chapter is not live.",
    )
    by: Actor | None = edge(loaders.people.named, rows.MentoringTransfer.by_id, "Who transferred it.")
    reason: str = column(rows.MentoringTransfer.reason, "Why.")
    at: datetime = column(rows.MentoringTransfer.at, "When.")


@kind
class MentoringOpening:
    """A coordinator has a request open."""

    id: strawberry.ID = column(rows.MentoringOpening.id, "Its id.")
    person: Actor | None = edge(loaders.people.named, rows.MentoringOpening.user_id, "Who.")
    opened_at: datetime = column(rows.MentoringOpening.opened_at, "Since when.")
    until: datetime = column(rows.MentoringOpening.until, "Until when, unless they say so again.")


@kind
class MentoringHistoryEntry:
    """Something that happened to a request."""

    id: strawberry.ID = column(cast(Event.id, Text), "The event's own id: the `eventId` under which the feed tells it.")
    at: datetime = column(Event.at, "When.")
    action: str = column(Event.action, "What, such as mentoring_request.assigned; the feed's guide lists them.")
    actor: Actor | None = edge(loaders.people.named, Event.actor_id, "Who; null: the system, or the public form.")
    from_status: MentoringStatus | None = column(Event.before["status"].astext, "The status before, where it changed.")
    to_status: MentoringStatus | None = column(Event.after["status"].astext, "The status after, where it changed.")


@described
class MentoringRequestAccess:
    """What the viewer may do with a request now, as far as it depends on who they are; `steps` on its status."""

    open: Permit = strawberry.field(description="Show the other coordinators that one has it open.")
    assign: Permit = strawberry.field(description="Assign and reassign it.")
    override_limit: Permit = strawberry.field(description="Assign it to a mentor who is at their limit.")
    answer: Permit = strawberry.field(description="Accept or decline it.")
    hand_back: Permit = strawberry.field(description="Hand it back.")
    put_back: Permit = strawberry.field(description="Put it back into the queue.")
    transfer: Permit = strawberry.field(description="Transfer it to another chapter.")
    add_note: Permit = strawberry.field(description="Add a note.")
    mail_client: Permit = strawberry.field(description="Write to the client.")
    record_session: Permit = strawberry.field(description="Record a session.")
    steps: list[str] = strawberry.field(description="The steps of the lifecycle that its status leaves open.")


def _access(actor: Any, row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "open": permit(policy.open_(actor, row)),
        "assign": permit(policy.assign(actor, row)),
        "override_limit": permit(policy.override_limit(actor, row)),
        "answer": permit(policy.answer(actor, row)),
        "hand_back": permit(policy.hand_back(actor, row)),
        "put_back": permit(policy.put_back(actor, row)),
        "transfer": permit(policy.transfer(actor, row)),
        "add_note": permit(policy.add_note(actor, row)),
        "mail_client": permit(policy.mail_client(actor, row)),
        "record_session": permit(policy.record_session(actor, row)),
        "steps": [step.name for step in LIFECYCLE.steps if row["status"] in step.sources],
    }


@kind
class MentoringRequest(Node):
    """Somebody asks for a mentor."""

    id: strawberry.ID = column(rows.MentoringRequest.id, "Its id.")
    version: int = column(rows.MentoringRequest.version, "Grows with each change.")
    status: MentoringStatus = column(rows.MentoringRequest.status, "Who has to act.")
    first_name: str = column(rows.MentoringRequest.first_name, "The client's first name.")
    last_name: str = column(rows.MentoringRequest.last_name, "The client's last name.")
    email: str | None = column(rows.MentoringRequest.email, "The client's e-mail address.")
    phone: str | None = column(rows.MentoringRequest.phone, "The client's phone number.")
    postal_code: str | None = column(rows.MentoringRequest.postal_code, "The client's postal code.")
    help: str = column(rows.MentoringRequest.help, "What help is wanted.")
    source: RequestSource = column(rows.MentoringRequest.source, "Who sent it in.")
    chapter: Chapter | None = edge(
        loaders.chapters.by_id, rows.MentoringRequest.chapter_id, "In which chapter's queue it is."
    )
    is_new_client: bool | None = column(
        _for_staff(rows.MentoringRequest.matched_by.is_(None)), "Whether the client is new to the chapter."
    )
    matched_by: MatchedBy | None = column(
        _for_staff(rows.MentoringRequest.matched_by), "By what the client is known; null: they are new."
    )
    client: Client | None = edge(
        loaders.clients.by_id, rows.MentoringRequest.client_id, "The client's record, if there is one that one sees."
    )
    created_at: datetime = column(rows.MentoringRequest.created_at, "When it came in.")
    updated_at: datetime = column(rows.MentoringRequest.updated_at, "When it was last changed.")
    status_since: datetime = column(rows.MentoringRequest.status_since, "Since when it has its status.")
    moved_at: datetime = column(rows.MentoringRequest.moved_at, "When something was last done about it.")
    age_hours: int = column(_hours_since(rows.MentoringRequest.created_at), "How many hours ago it came in.")
    status_hours: int = column(
        _hours_since(rows.MentoringRequest.status_since), "For how many hours it has had its status."
    )
    deadline: datetime | None = column(_deadline, "Until when its mentor has time to answer; null: nobody is asked.")
    stagnant_since: datetime | None = column(
        _for_staff(rows.MentoringRequest.stagnant_since), "Since when it is marked: nothing is done about it."
    )
    session_at: datetime | None = column(
        rows.MentoringRequest.session_at, "When the first session was; it has then left the queue."
    )
    mentor: Actor | None = edge(loaders.people.named, rows.MentoringRequest.mentor_id, "Whose it is, pending or not.")
    assignment: MentoringAssignment | None = edge(
        loaders.mentoring.current_assignment, rows.MentoringRequest.id, "The assignment that has not ended."
    )
    assignments: Connection[MentoringAssignment] = connection(
        loaders.mentoring.assignments_of_request, rows.MentoringRequest.id, "All assignments, oldest first."
    )
    sessions: Connection[MentoringSession] = connection(
        loaders.mentoring.sessions_of_request, rows.MentoringRequest.id, "The sessions, oldest first."
    )
    notes: Connection[MentoringNote] = connection(
        loaders.mentoring.notes_of_request, rows.MentoringRequest.id, "The notes, newest first."
    )
    mails: Connection[MentoringMail] = connection(
        loaders.mentoring.mails_of_request, rows.MentoringRequest.id, "What was written to the client, newest first."
    )
    transfers: Connection[MentoringTransfer] = connection(
        loaders.mentoring.transfers_of_request, rows.MentoringRequest.id, "Its transfers, oldest first."
    )
    opened_by: Connection[MentoringOpening] = connection(
        loaders.mentoring.openings_of_request, rows.MentoringRequest.id, "Who has it open now."
    )
    history: Connection[MentoringHistoryEntry] = connection(
        loaders.mentoring.history_of_request, rows.MentoringRequest.id, "What happened, oldest first.", default=50
    )
    withheld: list[Withheld] = derived(
        _withheld, {"is_staff": _staff}, "The fields that are empty because the viewer may not see them."
    )
    access: MentoringRequestAccess = derived(
        _access,
        {
            "status": rows.MentoringRequest.status,
            "chapter_id": rows.MentoringRequest.chapter_id,
            "mentor_id": rows.MentoringRequest.mentor_id,
        },
        "What the viewer may do with it now.",
    )
