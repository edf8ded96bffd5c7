"""Global search: what is found, whatever it is."""

from collections.abc import Mapping
from typing import Any

import strawberry

import loaders.clients
import loaders.partners
import loaders.people
import loaders.programs
import loaders.referrals
from loaders.edges import One
from loaders.search import SearchKind
from loaders.search import search as find
from models.database import Row
from schema.context import Info
from schema.errors import BadArgumentError
from schema.fields import columns_of, described
from schema.node import Node
from schema.paging import LARGEST
from workflows.text import NAME, storable

strawberry.enum(SearchKind, description="What can be found.")

_FOUND: Mapping[SearchKind, One] = {
    SearchKind.CLIENT: loaders.clients.by_id,
    SearchKind.PERSON: loaders.people.by_id,
    SearchKind.CASE_MANAGER: loaders.partners.by_id,
    SearchKind.PROGRAM: loaders.programs.by_id,
    SearchKind.REFERRAL: loaders.referrals.by_id,
}

ARGUMENTS: Mapping[str, tuple[Any, str]] = {
    "text": (str, "A name, as well as one remembers it, or a whole e-mail address or phone number: 200 characters."),
    "kinds": (list[SearchKind] | None, "Only these kinds; all where nothing is said."),
    "first": (int | None, "How many: 1 to 100, 20 where nothing is said."),
}


@described
class SearchHit:
    """Something that was found."""

    kind: SearchKind = strawberry.field(description="What it is.")
    rank: float = strawberry.field(description="How close it is: 2 for a whole address or number, else 0 to 1.")
    node: Node = strawberry.field(description="The record.")


@described
class SearchResult:
    """What was found."""

    nodes: list[SearchHit] = strawberry.field(description="The closest first.")


async def search(root: Mapping[str, Any], info: Info, **given: Any) -> dict[str, Any]:
    """What the viewer may see and is close to the text: one statement a kind to find it, one a kind to read it."""
    text, limit = given["text"], given.get("first") or 20
    if given.get("first") == 0 or not 1 <= limit <= LARGEST:
        raise BadArgumentError("first", f"must be from 1 to {LARGEST}.")
    if len(text) > NAME or not storable(text):
        raise BadArgumentError("text", f"must have at most {NAME} characters that can be looked for.")
    kinds = [SearchKind(kind) for kind in dict.fromkeys(given.get("kinds") or SearchKind)]
    context = info.context
    hits = await find(context.services.database, context.actor, text, kinds, limit)
    rows: dict[str, Row] = {}
    for kind in kinds:
        ids = [hit["id"] for hit in hits if hit["kind"] == kind]
        if ids:
            rows |= await context.loaders.ones(_FOUND[kind], columns_of(kind.value), ids)
    # What went out of sight between the two statements is not shown.
    return {
        "nodes": [
            {"kind": hit["kind"], "rank": hit["rank"], "node": {**rows[hit["id"]], "typename": hit["kind"].value}}
            for hit in hits
            if hit["id"] in rows
        ]
    }
