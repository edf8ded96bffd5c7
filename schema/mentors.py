"""Volunteers to whom mentoring requests are assigned, and what they carry now."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry

import loaders.chapters
import loaders.mentors
import loaders.people
import models.mentors as rows
from models.database import Row
from models.mentors import MentorKind
from policies import mentors as policy
from schema.access import Permit, permit
from schema.chapters import Chapter
from schema.fields import column, derived, described, edge, kind
from schema.node import Node
from schema.people import Actor

strawberry.enum(MentorKind, description="As what a volunteer helps.")


@described
class MentorAccess:
    """What the viewer may do with a mentor's record now."""

    set_availability: Permit = strawberry.field(description="Pause, resume, and set the weekly limit.")


@kind
class Mentor(Node):
    """A member of a chapter who mentors, or is an expert on a subject."""

    id: strawberry.ID = column(rows.Mentor.id, "Its id.")
    version: int = column(rows.Mentor.version, "Grows with each change, also of what they carry.")
    person: Actor | None = edge(loaders.people.named, rows.Mentor.user_id, "Who they are.")
    chapter: Chapter | None = edge(loaders.chapters.by_id, rows.Mentor.chapter_id, "For which chapter.")
    kind: MentorKind = column(rows.Mentor.kind, "As what they help.")
    active: bool = column(rows.Mentor.active, "Whether they still do.")
    languages: list[str] = column(rows.Mentor.languages, "The languages they speak.")
    expertise: list[str] = column(rows.Mentor.expertise, "What they know about.")
    paused: bool = column(rows.Mentor.paused, "Whether they take no new requests now.")
    paused_from: datetime | None = column(rows.Mentor.paused_from, "When the pause began, or will begin.")
    paused_until: datetime | None = column(
        rows.Mentor.paused_until, "When it ends; null beside a beginning: until further notice."
    )
    weekly_limit: int | None = column(
        rows.Mentor.weekly_limit, "How many new requests a week they take; null: as many as their chapter says."
    )
    load: int = column(loaders.mentors.load(), "How many requests they have now that had no session yet.")
    accepted_lately: int = column(
        loaders.mentors.accepted_lately(), "How many assignments by coordinators they accepted in the last 60 days."
    )
    direct_lately: int = column(
        loaders.mentors.direct_lately(), "How many clients asked for them directly in the last 7 days."
    )
    new_this_week: int = column(
        loaders.mentors.new_this_week(), "How many new requests they had in the last 7 days, direct and assigned."
    )
    access: MentorAccess = derived(
        lambda actor, row: {"set_availability": permit(policy.set_availability(actor, row))},
        {"user_id": rows.Mentor.user_id},
        "What the viewer may do with it now.",
    )


@strawberry.enum(description="How far a list of mentors reaches from a request's chapter.")
class MentorScope(StrEnum):
    """The ranges, each wider than the one before."""

    CHAPTER = "chapter"
    DISTRICT = "district"
    REGION = "region"
    ALL = "all"


@strawberry.enum(description="Why a mentor is not offered for a request.")
class NotOffered(StrEnum):
    """The reasons."""

    NOT_ACTIVE = "not_active"
    HAS_IT = "has_it"
    PAUSED = "paused"
    AT_LIMIT = "at_limit"


@described
class MentorCandidate:
    """A mentor to whom a request could be assigned, or why they are not offered."""

    mentor: Mentor | None = edge(loaders.mentors.by_id, "mentor_id", "The mentor.")
    mentor_id: strawberry.ID = strawberry.field(description="The mentor's id, for the assignment.")
    name: str = strawberry.field(description="Their name.")
    chapter: Chapter | None = edge(loaders.chapters.by_id, "chapter_id", "For which chapter they mentor.")
    kind: MentorKind = strawberry.field(description="As what they help.")
    languages: list[str] = strawberry.field(description="The languages they speak.")
    expertise: list[str] = strawberry.field(description="What they know about.")
    paused_until: datetime | None = strawberry.field(description="When their pause ends, where it has an end.")
    weekly_limit: int | None = strawberry.field(
        description="How many new requests a week they take, by their own or their chapter's limit; null: any number."
    )
    load: int = strawberry.field(description="How many requests they have now that had no session yet.")
    accepted_lately: int = strawberry.field(
        description="How many assignments by coordinators they accepted in the last 60 days."
    )
    direct_lately: int = strawberry.field(description="How many clients asked for them directly in the last 7 days.")
    new_this_week: int = strawberry.field(
        description="How many new requests they had in the last 7 days, direct and assigned."
    )
    offered: bool = strawberry.field(description="Whether the request can be assigned to them.")
    not_offered: list[NotOffered] = strawberry.field(
        description="Why they are not offered. AT_LIMIT alone can be overridden, with a reason and the permission."
    )


def candidate(row: Row) -> dict[str, Any]:
    """The source of a `MentorCandidate`."""
    limit = row["weekly_limit"]
    reasons = {
        NotOffered.NOT_ACTIVE: not row["serves"],
        NotOffered.HAS_IT: row["has_it"],
        NotOffered.PAUSED: row["paused"],
        NotOffered.AT_LIMIT: limit is not None and row["new_this_week"] >= limit,
    }
    not_offered = [reason for reason, holds in reasons.items() if holds]
    return {**row, "offered": not not_offered, "not_offered": not_offered}
