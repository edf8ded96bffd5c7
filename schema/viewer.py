"""Whoever is signed in, and their dashboards."""

from collections.abc import Mapping
from typing import Any

import strawberry

import loaders.clients
import loaders.organizations
import loaders.partners
import loaders.people
import loaders.programs
import loaders.referrals
from schema.clients import Client
from schema.context import Info
from schema.fields import PAGING, connection, described, edge, resolved
from schema.nearby import programs_near
from schema.organizations import Organization
from schema.paging import Connection, ConnectionRow
from schema.partners import FILTER as CASE_MANAGERS
from schema.partners import CaseManager
from schema.people import User
from schema.programs import Program
from schema.referrals import Referral, ReferralFilter
from schema.reports import ARGUMENTS as REPORTS
from schema.reports import Reports, reports
from schema.scalars import FeedCursor
from schema.search import ARGUMENTS as SEARCH
from schema.search import SearchResult, search

_FILTER: Mapping[str, tuple[Any, str]] = {"filter": (ReferralFilter | None, "Only these.")}
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
        loaders.clients.visible, "id", "The clients whose records the viewer may see, by name.", _SEARCH
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
