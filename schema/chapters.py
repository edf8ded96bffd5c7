"""Chapters: their calendars, and the settings of their intake."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.mentoring
import loaders.organizations
import models.chapters as rows
from policies import chapters as policy
from schema.access import Permit, permit
from schema.errors import UserError
from schema.fields import column, derived, described, edge, kind
from workflows.intake import EffectKind

if TYPE_CHECKING:
    from schema.mentoring import MentoringRequest
    from schema.organizations import Organization

LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]
LazyMentoringRequest = Annotated["MentoringRequest", strawberry.lazy("schema.mentoring")]

strawberry.enum(
    EffectKind, name="IntakeEffectKind", description="What a change of intake settings does to an open request."
)


@described
class ChapterAccess:
    """What the viewer may do with a chapter now."""

    manage_intake: Permit = strawberry.field(description="Decide about the settings of its intake.")


@kind
class Chapter:
    """What an organization of the kind CHAPTER is besides: it takes in requests for mentors."""

    id: strawberry.ID = column(rows.Chapter.id, "The organization's id.")
    version: int = column(rows.Chapter.version, "Grows with each change.")
    district: str = column(rows.Chapter.district, "Its district.")
    region: str = column(rows.Chapter.region, "Its region.")
    time_zone: str = column(rows.Chapter.time_zone, "The IANA name of its time zone.")
    calendar: str | None = column(
        rows.Chapter.calendar, "Whose public holidays it keeps: a country, or country and subdivision, such as US-CA."
    )
    own_holidays: list[date] = column(rows.Chapter.own_holidays, "The days that it keeps besides.")
    live: bool = column(
        rows.Chapter.live, "Whether it takes in requests; what is meant for another goes to the national queue."
    )
    national: bool = column(rows.Chapter.national, "Whether its queue is the national one.")
    answer_days: int = column(rows.Chapter.answer_days, "How many business days a mentor has to answer.")
    stagnation_days: int | None = column(
        rows.Chapter.stagnation_days, "After how many days without movement a request is stagnant; null: never."
    )
    weekly_limit: int | None = column(
        rows.Chapter.weekly_limit,
        "How many new requests a week a mentor gets who has set no limit; null: any number.",
    )
    organization: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.Chapter.id, "The organization that it is."
    )
    access: ChapterAccess = derived(
        lambda actor, row: {"manage_intake": permit(policy.manage_intake(actor, row["id"]))},
        {"id": rows.Chapter.id},
        "What the viewer may do with it now.",
    )


@described
class IntakeEffect:
    """What would be different about one open request."""

    kind: EffectKind = strawberry.field(description="What it is about.")
    request: LazyMentoringRequest | None = edge(loaders.mentoring.by_id, "request_id", "The request.")
    deadline: datetime | None = strawberry.field(description="DEADLINE: until when its mentor would have to answer.")
    returns: bool = strawberry.field(
        description="DEADLINE: whether it would go back to the queue, that moment being past."
    )
    stagnant: bool | None = strawberry.field(description="STAGNATION: whether it would be stagnant.")
    over_limit: bool | None = strawberry.field(
        description="LIMIT: whether its mentor would have been at their limit, and so not offered."
    )


@described
class IntakeSimulation:
    """What other settings would change about a chapter's open requests. Nothing was written."""

    moved: int = strawberry.field(description="How many requests would be different.")
    effects: list[IntakeEffect] = strawberry.field(description="What would be different about each of them.")
    user_errors: list[UserError] = strawberry.field(description="Why it was refused; empty where it was not.")
