"""How mentoring requests, and what is kept with them, are fetched together."""

from sqlalchemy import Text, any_, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order, of_id
from models.events import Event
from models.mentoring import (
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringOpening,
    MentoringRequest,
    MentoringSession,
    MentoringTransfer,
)
from policies import mentoring as policy

_oldest_first = Order((MentoringRequest.created_at, MentoringRequest.id))
_newest_first = Order((MentoringRequest.created_at, MentoringRequest.id), descending=True)
_filters = {
    "status": lambda: MentoringRequest.status == any_(bindparam("status", type_=ARRAY(Text()))),
    "stagnant": lambda: MentoringRequest.stagnant_since.is_not(None) == bindparam("stagnant"),
    "chapter_id": of_id("chapter_id", MentoringRequest.chapter_id),
    "search": lambda: func.concat(MentoringRequest.first_name, " ", MentoringRequest.last_name).icontains(
        bindparam("search"), autoescape=False
    ),
}

by_id = One(MentoringRequest, MentoringRequest.id, policy.visible)
queue = Many(MentoringRequest, None, policy.in_queue, _oldest_first, where=_filters)
of_chapters = Many(MentoringRequest, None, policy.coordinates, _newest_first, where=_filters)
assigned = Many(MentoringRequest, None, policy.mentors, _newest_first, where=_filters)
own = Many(MentoringRequest, None, policy.own, _newest_first, where=_filters)

assignment_by_id = One(MentoringAssignment, MentoringAssignment.id, policy.assignment_visible)
current_assignment = One(MentoringAssignment, MentoringAssignment.request_id, policy.current_visible)
assignments_of_request = Many(
    MentoringAssignment,
    MentoringAssignment.request_id,
    policy.assignment_visible,
    Order((MentoringAssignment.assigned_at, MentoringAssignment.id)),
)
session_by_id = One(MentoringSession, MentoringSession.id, policy.session_visible)
sessions_of_request = Many(
    MentoringSession,
    MentoringSession.request_id,
    policy.session_visible,
    Order((MentoringSession.held_at, MentoringSession.id)),
)
note_by_id = One(MentoringNote, MentoringNote.id, policy.note_visible)
notes_of_request = Many(
    MentoringNote,
    MentoringNote.request_id,
    policy.note_visible,
    Order((MentoringNote.created_at, MentoringNote.id), descending=True),
)
mail_by_id = One(MentoringMail, MentoringMail.id, policy.mail_visible)
mails_of_request = Many(
    MentoringMail,
    MentoringMail.request_id,
    policy.mail_visible,
    Order((MentoringMail.created_at, MentoringMail.id), descending=True),
)
transfers_of_request = Many(
    MentoringTransfer,
    MentoringTransfer.request_id,
    policy.transfer_visible,
    Order((MentoringTransfer.at, MentoringTransfer.id)),
)
openings_of_request = Many(
    MentoringOpening,
    MentoringOpening.request_id,
    policy.opening_visible,
    Order((MentoringOpening.opened_at, MentoringOpening.id)),
)
history_of_request = Many(Event, Event.record_id, policy.history_visible, Order((Event.id,)))
