"""Whoever is signed in, and their dashboards."""

from collections.abc import Mapping
from typing import Any

import strawberry

import loaders.clients
import loaders.delegations
import loaders.engagements
import loaders.invitations
import loaders.letters
import loaders.list_views
import loaders.mentoring
import loaders.mentors
import loaders.notifications
import loaders.organizations
import loaders.partners
import loaders.people
import loaders.programs
import loaders.progressions
import loaders.records
import loaders.referrals
from loaders.edges import Many
from models.people import Permission
from schema.clients import Client, ClientFilter
from schema.context import Info
from schema.delegations import Delegation
from schema.engagements import Engagement, EngagementFilter
from schema.fields import PAGING, connect, connection, described, edge, resolved
from schema.invitations import Invitation
from schema.letters import Letter
from schema.list_views import ListView
from schema.mentoring import MentoringRequest, MentoringRequestFilter
from schema.mentors import Mentor
from schema.nearby import programs_near
from schema.notifications import Notification, NotificationPreference
from schema.organizations import Organization
from schema.paging import Connection, ConnectionRow
from schema.partners import FILTER as CASE_MANAGERS
from schema.partners import CaseManager
from schema.people import User
from schema.programs import Program
from schema.progressions import Progression, ProgressionFilter
from schema.records import DeletedClient
from schema.referrals import Referral, ReferralFilter
from schema.reports import ARGUMENTS as REPORTS
from schema.reports import Reports, reports
from schema.scalars import FeedCursor
from schema.search import ARGUMENTS as SEARCH
from schema.search import SearchResult, search
from workflows.notifications import preferences

_FILTER: Mapping[str, tuple[Any, str]] = {"filter": (ReferralFilter | None, "Only these.")}
_REQUESTS: Mapping[str, tuple[Any, str]] = {"filter": (MentoringRequestFilter | None, "Only these.")}
_ENGAGEMENTS: Mapping[str, tuple[Any, str]] = {"filter": (EngagementFilter | None, "Only these.")}
_PROGRESSIONS: Mapping[str, tuple[Any, str]] = {"filter": (ProgressionFilter | None, "Only these.")}
_SEARCH: Mapping[str, tuple[Any, str]] = {"search": (str | None, "Only those whose name contains this.")}
_NEAR: Mapping[str, tuple[Any, str]] = {
    "near_postal_code": (
        str | None,
        "Only those within 100 km of this postal code, the nearest first; all, by name, where its place is not known.",
    )
}


def _feed_head(root: Mapping[str, Any], info: Info) -> str | None:
    return info.context.feed_head


async def _programs(root: Mapping[str, Any], info: Info, **given: Any) -> ConnectionRow:
    near = given.pop("near_postal_code", None) or None
    return await programs_near(info, near, given, root["id"])


@described
class InboundCount:
    """How many referrals of a program wait for their first update."""

    program: Program | None = edge(loaders.programs.by_id, "program_id", "The program.")
    not_updated: int = strawberry.field(description="How many.")


async def _inbound_counts(root: Mapping[str, Any], info: Info) -> Any:
    return await loaders.referrals.inbound_counts(info.context.services.database, info.context.actor)


def _of_organizations(to: Many, permission: Permission) -> Any:
    async def resolve(root: Mapping[str, Any], info: Info, **given: Any) -> ConnectionRow:
        organizations = info.context.actor.organizations_with(permission)
        return await connect(info, to, root["id"], given, extra={"organization_ids": organizations})

    return resolve


_deleted_clients = _of_organizations(loaders.records.deleted, Permission.DELETE_CLIENTS)
_dead_letters = _of_organizations(loaders.letters.dead, Permission.MANAGE_ORGANIZATION)


async def _preferences(root: Mapping[str, Any], info: Info) -> Any:
    return await preferences(info.context.services.database, root["id"])


@described
class Viewer:
    """Whoever is signed in, and what their dashboards show."""

    user: User = edge(loaders.people.by_id, "id", "The person.")
    feed_head: FeedCursor = resolved(
        _feed_head,
        "Where the feed stands now: read it with or before a snapshot, then follow `feed(after:)`.",
    )
    inbound_referrals: Connection[Referral] = connection(
        loaders.referrals.inbound, "id", "Referrals made to programs the viewer works on, newest first.", _FILTER
    )
    inbound_counts: list[InboundCount] = resolved(
        _inbound_counts, "The viewer's programs that have referrals not yet updated, and how many."
    )
    outbound_referrals: Connection[Referral] = connection(
        loaders.referrals.outbound,
        "id",
        "Referrals the viewer made, or that are shared with them, newest first.",
        _FILTER,
    )
    own_referrals: Connection[Referral] = connection(
        loaders.referrals.own, "id", "Referrals about the viewer, as a client.", _FILTER
    )
    clients: Connection[Client] = connection(
        loaders.clients.visible,
        "id",
        "The clients whose records the viewer may see, by name.",
        {**_SEARCH, "filter": (ClientFilter | None, "Only these.")},
    )
    deleted_clients: Connection[DeletedClient] = resolved(
        _deleted_clients, "The deleted records that the viewer may restore, the last one first.", PAGING
    )
    notifications: Connection[Notification] = connection(
        loaders.notifications.own, "id", "What the viewer is told in the app and has not cleared, newest first."
    )
    notification_queue: Connection[Notification] = connection(
        loaders.notifications.queued,
        "id",
        "What nobody else is told, about clients without navigators of the viewer's organizations, newest first.",
    )
    notification_preferences: list[NotificationPreference] = resolved(
        _preferences, "How the viewer is told of each kind of thing."
    )
    invitations: Connection[Invitation] = connection(
        loaders.invitations.sent_to_viewer, "id", "Open invitations to membership that the viewer may accept."
    )
    dead_letters: Connection[Letter] = resolved(
        _dead_letters, "E-mails of the organizations that the viewer manages that could not be delivered.", PAGING
    )
    programs: Connection[Program] = resolved(
        _programs, "The network's programs that take referrals.", {**_SEARCH, **_NEAR, **PAGING}
    )
    organizations: Connection[Organization] = connection(
        loaders.organizations.all_of_them, "id", "The members of the network, by name.", _SEARCH
    )
    case_managers: Connection[CaseManager] = connection(
        loaders.partners.visible, "id", "The partners' case managers whom the viewer may see, by name.", CASE_MANAGERS
    )
    search: SearchResult = resolved(
        search, "What the viewer may see and is close to a text, forgiving of spelling and accents.", SEARCH
    )
    reports: Reports = resolved(reports, "Counts over what the viewer may see.", REPORTS)
    caseload: Connection[Engagement] = connection(
        loaders.engagements.caseload,
        "id",
        "The active engagements whose case manager the viewer is, newest first.",
        _ENGAGEMENTS,
    )
    engagements: Connection[Engagement] = connection(
        loaders.engagements.inside,
        "id",
        "The engagements of clients whose records the viewer may open, past ones too, newest first.",
        _ENGAGEMENTS,
    )
    own_engagements: Connection[Engagement] = connection(
        loaders.engagements.own, "id", "Engagements about the viewer, as a client.", _ENGAGEMENTS
    )
    case_manager_alerts: Connection[Engagement] = connection(
        loaders.engagements.alerts,
        "id",
        "The engagements for which nobody could be assigned by itself, and of which the viewer is the leader.",
        _ENGAGEMENTS,
    )
    approvals: Connection[Progression] = connection(
        loaders.progressions.queue,
        "id",
        "The approvals queue: submissions that wait for the viewer, the oldest first.",
        _PROGRESSIONS,
    )
    progressions: Connection[Progression] = connection(
        loaders.progressions.visible,
        "id",
        "The submissions of clients whose records the viewer may open, newest first.",
        _PROGRESSIONS,
    )
    delegations: Connection[Delegation] = connection(
        loaders.delegations.concerning, "id", "Who stands in for the viewer, and for whom the viewer does."
    )
    list_views: Connection[ListView] = connection(
        loaders.list_views.own,
        "id",
        "The viewer's saved views of lists, by list and name.",
        {"list": (str | None, "Only those of this list, such as Viewer.approvals.")},
    )
    intake_queue: Connection[MentoringRequest] = connection(
        loaders.mentoring.queue,
        "id",
        "Requests for a mentor that need action by the viewer's chapters, oldest first: until a session is recorded.",
        _REQUESTS,
    )
    mentoring_requests: Connection[MentoringRequest] = connection(
        loaders.mentoring.of_chapters,
        "id",
        "All requests for a mentor of the viewer's chapters, newest first.",
        _REQUESTS,
    )
    assigned_mentoring_requests: Connection[MentoringRequest] = connection(
        loaders.mentoring.assigned, "id", "Requests that are assigned to the viewer, newest first.", _REQUESTS
    )
    own_mentoring_requests: Connection[MentoringRequest] = connection(
        loaders.mentoring.own, "id", "Requests by the viewer, as a client, newest first.", _REQUESTS
    )
    mentors: Connection[Mentor] = connection(
        loaders.mentors.of_own_chapters,
        "id",
        "The mentors and experts of the chapters whose intake the viewer coordinates, by name.",
        {
            "paused": (bool | None, "True: those who take no new requests now. False: those who are available."),
            "chapter_id": (strawberry.ID | None, "Of this chapter."),
            **_SEARCH,
        },
    )
    own_mentors: Connection[Mentor] = connection(
        loaders.mentors.own, "id", "The viewer as a mentor, in each chapter where they are one."
    )
