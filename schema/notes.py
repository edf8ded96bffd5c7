"""What people write on a referral."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import select

import loaders.people
import loaders.referrals
import models.notes as rows
from models.programs import Program
from models.referrals import Referral as ReferralRow
from policies import notes as policy
from schema.access import Permit, permit
from schema.fields import column, derived, described, edge, kind
from schema.node import Node
from schema.people import Actor

if TYPE_CHECKING:
    from schema.referrals import Referral

LazyReferral = Annotated["Referral", strawberry.lazy("schema.referrals")]

_program_organization = (
    select(Program.organization_id)
    .join(ReferralRow, ReferralRow.program_id == Program.id)
    .where(ReferralRow.id == rows.Note.referral_id)
    .correlate(rows.Note)
    .scalar_subquery()
)


@described
class NoteAccess:
    """What the viewer may do with a note now."""

    delete: Permit = strawberry.field(description="Delete it for good.")


def _access(actor: Any, row: Mapping[str, Any]) -> dict[str, object]:
    return {"delete": permit(policy.delete(actor, row))}


@kind
class Note(Node):
    """A note is added and deleted, never edited."""

    id: strawberry.ID = column(rows.Note.id, "Its id.")
    body: str | None = column(rows.Note.body, "The text; null once it is deleted.")
    shared: bool = column(
        rows.Note.shared, "Whether all parties of the referral see it, or only its author's organization."
    )
    author: Actor | None = edge(loaders.people.named, rows.Note.author_id, "Who wrote it.")
    created_at: datetime = column(rows.Note.created_at, "When it was written.")
    deleted_at: datetime | None = column(rows.Note.deleted_at, "When it was deleted.")
    deleted_by: Actor | None = edge(loaders.people.named, rows.Note.deleted_by_id, "Who deleted it.")
    referral: LazyReferral | None = edge(loaders.referrals.by_id, rows.Note.referral_id, "The referral it is on.")
    access: NoteAccess = derived(
        _access,
        {
            "author_id": rows.Note.author_id,
            "deleted_at": rows.Note.deleted_at,
            "program_organization_id": _program_organization,
        },
        "What the viewer may do with it now.",
    )
