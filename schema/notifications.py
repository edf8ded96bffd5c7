"""Notifications, and how one wants to be notified."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.clients
import loaders.people
import loaders.referrals
import models.notifications as rows
from models.notifications import EmailTiming, NotificationKind
from schema.clients import Client
from schema.fields import column, described, edge, kind
from schema.node import Node
from schema.people import Actor

if TYPE_CHECKING:
    from schema.referrals import Referral

LazyReferral = Annotated["Referral", strawberry.lazy("schema.referrals")]

strawberry.enum(NotificationKind, description="What a notification is about.")
strawberry.enum(EmailTiming, description="Whether, and when, a notification comes by e-mail.")


@kind
class Notification(Node):
    """Something happened to a client; gone once it is cleared, or once its reader no longer sees what it is about."""

    id: strawberry.ID = column(rows.Notification.id, "Its id.")
    kind: NotificationKind = column(rows.Notification.kind, "What it is about.")
    created_at: datetime = column(rows.Notification.created_at, "When it happened.")
    queued: bool = column(
        rows.Notification.user_id.is_(None),
        "Whether it waits in the organization's queue, because the client has no navigator.",
    )
    client: Client | None = edge(loaders.clients.by_id, rows.Notification.client_id, "Whom it is about.")
    referral: LazyReferral | None = edge(
        loaders.referrals.by_id, rows.Notification.referral_id, "The referral, where it is about one."
    )
    actor: Actor | None = edge(loaders.people.named, rows.Notification.actor_id, "Who did it; null: the system.")


@described
class NotificationPreference:
    """How the viewer is told of one kind of thing."""

    kind: NotificationKind = strawberry.field(description="Of what.")
    in_app: bool = strawberry.field(description="Whether in `notifications` and in the feed.")
    email: EmailTiming = strawberry.field(description="Whether by e-mail, and when.")
