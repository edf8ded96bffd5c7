"""Whether the servers kept their word: what they acknowledged is in the database, and nothing is there twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from models.base import Id
from tests.chaos.cluster import Cluster
from tests.chaos.oracle import Verdict

RECORDED = {
    "referralSubmit": "referral.submitted",
    "referralSetStatus": "referral.status_set",
    "referralAddNote": "note.added",
    "placementStart": "placement.started",
    "placementEnd": "placement.ended",
    "invitationAccept": "membership.started",
    "membershipEnd": "membership.ended",
    "userBan": "user.banned",
    "userUnban": "user.unbanned",
}
"""The event of which each acknowledged mutation leaves exactly one."""

_EVENTS = """
select action, actor_id::text, case when kind = 'user' then record_id else record_id end::text as record_id, count(*)
from events where id > $1 and action = any($2) group by 1, 2, 3
"""
_TEXTS = "select comments as key, id::text from referrals where comments is not null"
_BODIES = "select body as key, id::text from notes where body is not null"


@dataclass
class Promises:
    """What the servers have acknowledged, and what they still owe an answer."""

    acknowledged: Counter[tuple[str, Id, Id]] = field(default_factory=Counter)
    """By action, actor and record."""
    unanswered: Counter[tuple[str, Id]] = field(default_factory=Counter)
    """By action and actor: tried, and given up."""
    referrals: dict[str, Id] = field(default_factory=dict)
    notes: dict[str, Id] = field(default_factory=dict)
    """By idempotency key, which is their text, too."""
    refused: Counter[str] = field(default_factory=Counter)
    reused: list[str] = field(default_factory=list)
    """Repeated requests that were taken for others."""
    given_up: list[str] = field(default_factory=list)
    """What was never answered, and why at last."""
    lost_answers: int = 0
    repeated: int = 0


async def check(verdict: Verdict, cluster: Cluster, promises: Promises, since: int) -> None:
    """Hold the acknowledged mutations against the rows and events."""
    for text in promises.reused:
        verdict.add("unkept", f"a repeated request was taken for another one: {text}")
    for what, query, acknowledged in [
        ("referral", _TEXTS, promises.referrals),
        ("note", _BODIES, promises.notes),
    ]:
        rows = await cluster.query(query)
        for key, count in Counter(row["key"] for row in rows).items():
            if count > 1:
                verdict.add("unkept", f"{what} {key} is there {count} times")
        found = {row["key"]: row["id"] for row in rows}
        for key, id in acknowledged.items():
            if found.get(key) != id:
                verdict.add("unkept", f"{what} {key} was acknowledged as {id} and is {found.get(key)}")
    counted = Counter(
        {(row[0], row[1], row[2]): row[3] for row in await cluster.query(_EVENTS, since, list(RECORDED.values()))}
    )
    for deed in counted.keys() | promises.acknowledged.keys():
        acted, said = counted[deed], promises.acknowledged[deed]
        if acted < said or acted > said + promises.unanswered[deed[0], deed[1]]:
            verdict.add("unkept", f"{deed} was acknowledged {said} times and happened {acted} times")
