"""E-mails that could not be delivered."""

from datetime import datetime

import strawberry

import loaders.organizations
import models.letters as rows
from models.letters import LetterKind
from schema.fields import column, edge, kind
from schema.organizations import Organization

strawberry.enum(LetterKind, description="What an e-mail is about.")


@kind
class Letter:
    """An e-mail of an organization; its text and its reader are not shown."""

    id: strawberry.ID = column(rows.Letter.id, "Its id.")
    kind: LetterKind = column(rows.Letter.kind, "What it is about.")
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Letter.organization_id, "On whose behalf it is sent."
    )
    created_at: datetime = column(rows.Letter.created_at, "When it was posted.")
    failed_at: datetime | None = column(rows.Letter.failed_at, "When it was given up; null: it is on its way again.")
    reason: str | None = column(rows.Letter.reason, "Why the last try failed.")
