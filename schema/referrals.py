"""A client and a program, joined."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Text, cast, select

import loaders.clients
import loaders.events
import loaders.goals
import loaders.notes
import loaders.organizations
import loaders.people
import loaders.programs
import loaders.referrals
import models.referrals as rows
from models.clients import Client as ClientRow
from models.events import Event
from models.referrals import ReferralMaker, ReferralStatus
from policies import clients as client_policy
from policies import referrals as policy
from policies.actors import ONE
from schema.access import Permit, permit
from schema.clients import Client
from schema.fields import arguments, column, connection, derived, described, edge, kind
from schema.goals import Goal
from schema.node import Node
from schema.notes import Note
from schema.organizations import Organization
from schema.paging import Connection
from schema.people import Actor
from schema.programs import Program
from workflows.referrals.lifecycle import CATEGORIES, OPEN_POLICY, Category

strawberry.enum(ReferralStatus, description="What came of a referral so far.")
strawberry.enum(ReferralMaker, description="In which part its maker made a referral.")
strawberry.enum(Category, name="ReferralCategory", description="What a status amounts to.")


@arguments
class ReferralFilter:
    """Which referrals; all conditions together."""

    status: list[ReferralStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    program_id: strawberry.ID | None = strawberry.field(default=None, description="To this program.")
    client_id: strawberry.ID | None = strawberry.field(default=None, description="Of this client.")


@described
class ReferralAccess:
    """What the viewer may do with a referral now."""

    set_status: Permit = strawberry.field(description="Set its status.")
    statuses: list[ReferralStatus] = strawberry.field(description="The statuses that may be set now.")
    add_note: Permit = strawberry.field(description="Add a note.")
    set_goal: Permit = strawberry.field(description="File it under a goal.")


def _access(actor: object, row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "set_status": permit(policy.set_status(row)),
        "statuses": OPEN_POLICY.open(ReferralStatus(row["status"])),
        "add_note": permit(policy.add_note(row)),
        "set_goal": permit(policy.set_goal(row)),
    }


@kind
class ReferralHistoryEntry:
    """Something that happened to a referral, or somebody who opened it."""

    id: strawberry.ID = column(cast(Event.id, Text), "The event's own id: the `eventId` under which the feed tells it.")
    at: datetime = column(Event.at, "When.")
    action: str = column(
        Event.action,
        "What: referral.submitted, referral.logged, referral.status_set, referral.goal_changed, referral.viewed, "
        "referral.consent_given, referral.consent_withdrawn, referral.client_deleted, referral.client_restored, "
        "note.added or note.deleted.",
    )
    actor: Actor | None = edge(loaders.people.named, Event.actor_id, "Who; null: the system.")
    from_status: ReferralStatus | None = column(Event.before["status"].astext, "The status before, where it was set.")
    to_status: ReferralStatus | None = column(Event.after["status"].astext, "The status that was set.")


@described
class ReferralHistoryConnection(Connection[ReferralHistoryEntry]):
    """A page of a referral's history."""


_client_deleted_at = (
    select(ClientRow.deleted_at)
    .where(ClientRow.id == rows.Referral.client_id)
    .correlate(rows.Referral)
    .scalar_subquery()
)


@kind
class Referral(Node):
    """A client is referred to a program."""

    id: strawberry.ID = column(rows.Referral.id, "Its id.")
    version: int = column(rows.Referral.version, "Grows with each change that all parties see.")
    status: ReferralStatus = column(rows.Referral.status, "What came of it so far.")
    category: Category = derived(
        lambda actor, row: CATEGORIES[row["status"]],
        {"status": rows.Referral.status},
        "What the status amounts to.",
    )
    created_at: datetime = column(rows.Referral.created_at, "When it was made.")
    updated_at: datetime = column(rows.Referral.updated_at, "When it was last changed.")
    live: bool = column(rows.Referral.live, "False: record keeping only, and never reaches the program.")
    made_as: ReferralMaker = column(rows.Referral.made_as, "In which part its maker made it.")
    comments: str | None = column(rows.Referral.comments, "What was said when it was sent.")
    client: Client | None = edge(loaders.clients.by_id, rows.Referral.client_id, "Who is referred.")
    client_deleted_at: datetime | None = column(
        _client_deleted_at, "When the record of its client was deleted; `client` is null then."
    )
    program: Program | None = edge(loaders.programs.by_id, rows.Referral.program_id, "Where to.")
    referred_by: Actor | None = edge(loaders.people.named, rows.Referral.made_by_id, "Who made it.")
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Referral.organization_id, "For which organization; null: a self-referral."
    )
    goal: Goal | None = edge(loaders.goals.by_id, rows.Referral.goal_id, "The client's goal that it is filed under.")
    replaced_by: "Referral | None" = edge(
        loaders.referrals.by_id, rows.Referral.replaced_by_id, "The referral that replaced it, if referred elsewhere."
    )
    history: ReferralHistoryConnection = connection(
        loaders.events.of_record, rows.Referral.id, "Everyone who updated it or interacted, oldest first.", default=50
    )
    notes: Connection[Note] = connection(
        loaders.notes.of_referral, rows.Referral.id, "The notes that the viewer may see, newest first."
    )
    access: ReferralAccess = derived(
        _access,
        {"status": rows.Referral.status, "details_shown": client_policy.details_shown(ONE)},
        "What the viewer may do with it now.",
    )
