"""What a client wants to reach."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.clients
import loaders.referrals
import models.goals as rows
from models.goals import GoalStatus
from schema.fields import column, connection, edge, kind
from schema.node import Node
from schema.paging import Connection

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.referrals import Referral

LazyClient = Annotated["Client", strawberry.lazy("schema.clients")]
LazyReferral = Annotated["Referral", strawberry.lazy("schema.referrals")]

strawberry.enum(GoalStatus, description="Where a goal stands.")


@kind
class Goal(Node):
    """A goal of one client; referrals can be filed under it."""

    id: strawberry.ID = column(rows.Goal.id, "Its id.")
    version: int = column(rows.Goal.version, "Grows with each change.")
    title: str = column(rows.Goal.title, "What is to be reached.")
    status: GoalStatus = column(rows.Goal.status, "Where it stands.")
    created_at: datetime = column(rows.Goal.created_at, "When it was set.")
    updated_at: datetime = column(rows.Goal.updated_at, "When it was last changed.")
    client: LazyClient | None = edge(loaders.clients.by_id, rows.Goal.client_id, "Whose goal it is.")
    referrals: Connection[LazyReferral] = connection(
        loaders.referrals.of_goal, rows.Goal.id, "The referrals under it that the viewer sees, newest first."
    )
