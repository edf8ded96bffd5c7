"""What mutations answer: the record they changed, as it is now, and why they were refused."""

import strawberry

import loaders.chapters
import loaders.clients
import loaders.goals
import loaders.mentoring
import loaders.mentors
import loaders.notes
import loaders.organizations
import loaders.people
import loaders.programs
import loaders.referrals
from schema.chapters import Chapter
from schema.clients import Client
from schema.errors import UserError
from schema.fields import described, edge
from schema.goals import Goal
from schema.mentoring import (
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringRequest,
    MentoringSession,
)
from schema.mentors import Mentor
from schema.notes import Note
from schema.organizations import Group, Organization
from schema.people import Membership, User
from schema.programs import Program
from schema.referrals import Referral

_ERRORS = "Why it was refused; empty where it was done."


@described
class ReferralPayload:
    """What a change of a referral answers."""

    referral: Referral | None = edge(
        loaders.referrals.by_id, "referral_id", "The referral; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class NotePayload:
    """What a change of a note answers."""

    note: Note | None = edge(loaders.notes.by_id, "note_id", "The note.")
    referral: Referral | None = edge(loaders.referrals.by_id, "referral_id", "The referral that it is on.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ClientPayload:
    """What a change of a client answers."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client; at a conflict, as they are now.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class GoalPayload:
    """What a change of a goal answers."""

    goal: Goal | None = edge(loaders.goals.by_id, "goal_id", "The goal; at a conflict, as it is now.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MembershipPayload:
    """What a change of a membership answers."""

    membership: Membership | None = edge(
        loaders.people.membership_by_id, "membership_id", "The membership; null once it has ended."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class UserPayload:
    """What a change of a user answers."""

    user: User | None = edge(loaders.people.by_id, "user_id", "The person.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class GroupPayload:
    """What a change of a group answers."""

    group: Group | None = edge(loaders.organizations.group_by_id, "group_id", "The group.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ProgramPayload:
    """What a change of a program answers."""

    program: Program | None = edge(loaders.programs.by_id, "program_id", "The program.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class OrganizationPayload:
    """What a change of a organization answers."""

    organization: Organization | None = edge(
        loaders.organizations.by_id, "organization_id", "The organization; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ChapterPayload:
    """What a change of a chapter answers."""

    chapter: Chapter | None = edge(loaders.chapters.by_id, "chapter_id", "The chapter; at a conflict, as it is now.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentorPayload:
    """What a change of a mentor answers."""

    mentor: Mentor | None = edge(loaders.mentors.by_id, "mentor_id", "The mentor; at a conflict, as they are now.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentoringRequestPayload:
    """What a change of a request answers."""

    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id,
        "request_id",
        "The request; at a conflict, as it is now; null where the viewer sees it no longer.",
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentoringAssignmentPayload:
    """What a mentor's answer answers."""

    assignment: MentoringAssignment | None = edge(
        loaders.mentoring.assignment_by_id, "assignment_id", "The assignment; at a conflict, as it is now."
    )
    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id, "request_id", "The request; null where it is no longer the viewer's."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentoringNotePayload:
    """What an added note answers."""

    note: MentoringNote | None = edge(loaders.mentoring.note_by_id, "note_id", "The note.")
    request: MentoringRequest | None = edge(loaders.mentoring.by_id, "request_id", "The request that it is on.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentoringMailPayload:
    """What an e-mail to a client answers."""

    mail: MentoringMail | None = edge(loaders.mentoring.mail_by_id, "mail_id", "The e-mail.")
    request: MentoringRequest | None = edge(loaders.mentoring.by_id, "request_id", "The request that it is about.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class MentoringSessionPayload:
    """What a recorded session answers."""

    session: MentoringSession | None = edge(loaders.mentoring.session_by_id, "session_id", "The session.")
    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id, "request_id", "The request; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
