"""What mutations answer: the record they changed, as it is now, and why they were refused."""

from collections.abc import Mapping
from typing import Any

import strawberry

import loaders.chapters
import loaders.clients
import loaders.delegations
import loaders.duplicates
import loaders.engagements
import loaders.goals
import loaders.invitations
import loaders.letters
import loaders.list_views
import loaders.mentoring
import loaders.mentors
import loaders.notes
import loaders.organizations
import loaders.partners
import loaders.people
import loaders.phases
import loaders.programs
import loaders.progressions
import loaders.records
import loaders.referrals
from schema.chapters import Chapter
from schema.clients import Client
from schema.context import Info
from schema.delegations import Delegation
from schema.engagements import Engagement
from schema.errors import UserError
from schema.fields import columns_of, described, edge, resolved
from schema.goals import Goal
from schema.invitations import Invitation
from schema.letters import Letter
from schema.list_views import ListView
from schema.mentoring import (
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringRequest,
    MentoringSession,
)
from schema.mentors import Mentor
from schema.notes import Note
from schema.notifications import NotificationPreference
from schema.organizations import Group, Organization
from schema.partners import BusinessUnit, CaseManager, Position
from schema.people import Membership, User
from schema.phases import Persona, Phase
from schema.programs import Program
from schema.progressions import Progression
from schema.records import ClientType
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
class PossibleDuplicates:
    """Records that may be about the same person: by e-mail, phone, or a close name with postal code or birth date."""

    clients: list[Client] = strawberry.field(description="Those whose details the viewer may see, the closest first.")
    others: int = strawberry.field(description="How many more there are in the network.")


async def _duplicates(root: Mapping[str, Any], info: Info) -> dict[str, Any] | None:
    id, context = root["client_id"], info.context
    if id is None:
        return None
    found = await loaders.duplicates.of_client(context.services.database, context.actor, id)
    rows = await context.loaders.ones(loaders.clients.by_id, columns_of("Client"), found.ids) if found.ids else {}
    return {"clients": [rows[id] for id in found.ids if id in rows], "others": found.others}


@described
class ClientCreatePayload:
    """What opening a client's record answers."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client.")
    duplicates: PossibleDuplicates | None = resolved(
        _duplicates, "A warning: who may be the same person; null where the record was refused."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class DeletedClientPayload:
    """What deleting a client's record answers."""

    client_id: strawberry.ID | None = strawberry.field(description="The client who is deleted, as it can be restored.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ClientGroupResult:
    """What became of one client of many."""

    client: Client | None = edge(loaders.clients.by_id, "client_id", "The client.")
    changed: bool = strawberry.field(description="False: it was so already.")


@described
class ClientGroupPayload:
    """What a change of many clients answers: all of it is done, or nothing."""

    results: list[ClientGroupResult] | None = strawberry.field(
        description="One for each client, in the order in which they were named; null where nothing is done."
    )
    group: Group | None = edge(loaders.organizations.group_by_id, "group_id", "The group.")
    user_errors: list[UserError] = strawberry.field(
        description="Why it was refused, one for each client by its place in `clientIds`; empty where it was done."
    )


@described
class ClientTypePayload:
    """What a change of a client type answers."""

    client_type: ClientType | None = edge(
        loaders.records.type_by_id, "client_type_id", "The type; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class InvitationPayload:
    """What a change of an invitation answers."""

    invitation: Invitation | None = edge(loaders.invitations.by_id, "invitation_id", "The invitation.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class NotificationsPayload:
    """What clearing notifications answers."""

    cleared: int | None = strawberry.field(description="How many were taken off the list.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class NotificationPreferencePayload:
    """What choosing how to be notified answers."""

    preference: NotificationPreference | None = strawberry.field(description="What holds from now on.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class LetterPayload:
    """What a change of an e-mail answers."""

    letter: Letter | None = edge(loaders.letters.by_id, "letter_id", "The e-mail.")
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
class BusinessUnitPayload:
    """What a change of a business unit answers."""

    business_unit: BusinessUnit | None = edge(
        loaders.partners.unit_by_id, "business_unit_id", "The business unit; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class PhasePayload:
    """What a change of a phase answers."""

    phase: Phase | None = edge(loaders.phases.by_id, "phase_id", "The phase.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class PersonaPayload:
    """What a change of a persona answers."""

    persona: Persona | None = edge(loaders.phases.persona_by_id, "persona_id", "The persona.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class EngagementPayload:
    """What a change of an engagement answers."""

    engagement: Engagement | None = edge(
        loaders.engagements.by_id, "engagement_id", "The engagement; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class PositionPayload:
    """What a change of the list of positions answers."""

    position: Position | None = edge(loaders.partners.position_by_id, "position_id", "The position.")
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ProgressionPayload:
    """What a change of a submission answers."""

    progression: Progression | None = edge(
        loaders.progressions.by_id, "progression_id", "The submission; at a conflict, as it is now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class CaseManagerPayload:
    """What a change of a case manager answers."""

    case_manager: CaseManager | None = edge(
        loaders.partners.by_id, "case_manager_id", "The case manager; at a conflict, as they are now."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class DelegationPayload:
    """What a change of a delegation answers."""

    delegation: Delegation | None = edge(
        loaders.delegations.by_id, "delegation_id", "The delegation; at a conflict, the one that is in the way."
    )
    user_errors: list[UserError] = strawberry.field(description=_ERRORS)


@described
class ListViewPayload:
    """What a change of a saved view answers."""

    list_view: ListView | None = edge(
        loaders.list_views.by_id, "list_view_id", "The view; at a conflict, as it is now; null once it is deleted."
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
