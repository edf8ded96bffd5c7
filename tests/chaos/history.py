"""Who could see what, when: worked out from the committed rows alone, and from the log's changes of rights and consent.

The predicates are the policies' own, written a second time, in Python and over time; `oracle.py` holds them against
the SQL ones at the end. When a transaction committed is noted by a trigger of ours (`instruments`), which also makes
some transactions slow to commit: that is when a reader of `id > cursor` loses events.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import asyncpg
import orjson

from models.base import Id
from policies.actors import Actor
from tests.chaos.cluster import Cluster
from tests.chaos.county import County

SLOW_SHARE, SLOW_SECONDS = 0.1, 0.05


def instruments(slow_share: float = SLOW_SHARE) -> tuple[str, ...]:
    """The statements that make the trigger; so many of the transactions are slow to commit."""
    return (
        "create table chaos_commits (event_id bigint primary key, at timestamptz not null)",
        f"""
        create function chaos_commit() returns trigger language plpgsql as $$
        begin
            if random() < {slow_share} then perform pg_sleep(random() * {SLOW_SECONDS}); end if;
            insert into chaos_commits values (new.id, clock_timestamp());
            return null;
        end $$
        """,
        """
        create constraint trigger chaos_commit after insert on events deferrable initially deferred
        for each row execute function chaos_commit()
        """,
    )


_EVENTS = """
select e.id, e.position, e.numbered_to, e.action, e.kind, e.record_id::text, e.actor_id::text,
    e.internal_to_id::text, e.topics, e.before::text, e.after::text, extract(epoch from c.at)::float8 as at
from events e left join chaos_commits c on c.event_id = e.id where e.id > $1 order by e.position nulls last, e.id
"""
_REFERRALS = """
select id::text, client_id::text, program_id::text, made_by_id::text, organization_id::text, shared_with::text[], live,
    consent_ended_at is null as reaching from referrals
"""
_NOTES = "select id::text, organization_id::text from notes where not shared"


@dataclass(frozen=True, slots=True)
class Referral:
    """What decides who sees a referral, but for the client's consent."""

    id: Id
    client_id: Id
    program_id: Id
    made_by_id: Id
    organization_id: Id | None
    shared_with: frozenset[Id]
    live: bool


class History:
    """The log and what follows from it."""

    def __init__(
        self, county: County, events: list[asyncpg.Record], referrals: Iterable[asyncpg.Record],
        clients: Iterable[asyncpg.Record], notes: Iterable[asyncpg.Record],
    ) -> None:  # fmt: skip
        self.events = events
        self.by_id = {event["id"]: event for event in events}
        self.by_position = {event["position"]: event for event in events}
        self.internal_notes = {row["id"]: row["organization_id"] for row in notes}
        self.keepers = {row["id"]: row["organization_id"] for row in clients}
        self.referrals: dict[Id, Referral] = {}
        self.referrals_of: dict[Id, list[Referral]] = defaultdict(list)
        reaching = {}
        for row in referrals:
            facts = dict(row.items())
            reaching[row["id"]] = facts.pop("reaching")
            referral = Referral(**{**facts, "shared_with": frozenset(row["shared_with"])})
            self.referrals[row["id"]] = referral
            self.referrals_of[referral.client_id].append(referral)
        self._born: dict[Id, float] = {}
        self._rights = {party.user_id: [(0.0, 0, party.rights)] for party in county.parties}
        self._consents: dict[Id, list[tuple[float, bool]]] = defaultdict(list)
        self._deletions: dict[Id, list[tuple[float, bool]]] = defaultdict(list)
        for event in sorted(events, key=lambda event: event["id"]):
            self._note(event)
        # Before its first change of consent, a referral had what that change ended or brought back.
        for id, now in reaching.items():
            changes = self._consents[id]
            changes.insert(0, (0.0, not changes[0][1] if changes else now))
            assert changes[-1][1] == now, "the log does not tell how the client's consent came to be"

    @classmethod
    async def read(cls, cluster: Cluster, county: County, since: int) -> History:
        """Everything after the county was built."""
        return cls(
            county,
            await cluster.query(_EVENTS, since),
            await cluster.query(_REFERRALS),
            await cluster.query("select id::text, organization_id::text from clients"),
            await cluster.query(_NOTES),
        )

    def _note(self, event: asyncpg.Record) -> None:
        match event["action"]:
            case "referral.submitted" | "referral.logged":
                self._born[event["record_id"]] = event["at"]
            case "referral.consent_given" | "referral.consent_withdrawn":
                self._consents[event["record_id"]].append((event["at"], event["action"].endswith("given")))
            case "client.deleted" | "client.restored":
                self._deletions[event["record_id"]].append((event["at"], event["action"].endswith("deleted")))
        if event["kind"] == "user" and (known := self._rights.get(event["record_id"])):
            rights = known[-1][2].changed(less=orjson.loads(event["before"]), more=orjson.loads(event["after"]))
            known.append((event["at"], event["position"] or 1 << 60, rights))

    def rights(self, user_id: Id, at: float) -> Actor:
        """What the person might do at that time."""
        known = self._rights[user_id]
        return known[bisect.bisect_right(known, at, key=lambda change: change[0]) - 1][2]

    def rights_at(self, user_id: Id, position: int) -> Actor:
        """What the person might do at that position of the log, before its event."""
        known = self._rights[user_id]
        return known[bisect.bisect_left(known, position, lo=1, key=lambda change: change[1]) - 1][2]

    def all_topics(self, user_id: Id) -> frozenset[str]:
        """The topics of everything that the person could see at any time."""
        return frozenset().union(*(rights.topics() for *_, rights in self._rights[user_id]))

    def sees(self, actor: Actor, record_id: Id, at: float) -> bool:
        """Whether these rights showed the record at that time."""
        referral = self.referrals.get(record_id)
        if referral is not None:
            return self._sees_referral(actor, referral, at)
        return not self._is_deleted(record_id, at) and (
            record_id in actor.clients
            or record_id in actor.navigated
            or self.keepers.get(record_id) in actor.client_organizations
            or any(
                self._born.get(referral.id, 0.0) <= at and self._sees_referral(actor, referral, at)
                for referral in self.referrals_of[record_id]
            )
        )

    def _sees_referral(self, actor: Actor, referral: Referral, at: float) -> bool:
        made_it = referral.made_by_id == actor.id and (
            referral.organization_id is None or referral.organization_id in actor.organizations
        )
        return (
            made_it
            or not referral.shared_with.isdisjoint(actor.teams)
            or referral.client_id in actor.clients
            or (referral.live and referral.program_id in actor.programs and self._reaches(referral.id, at))
        )

    def _is_deleted(self, client_id: Id, at: float) -> bool:
        changes = self._deletions[client_id]
        before = bisect.bisect_right(changes, at, key=lambda change: change[0])
        return before > 0 and changes[before - 1][1]

    def _reaches(self, referral_id: Id, at: float) -> bool:
        changes = self._consents[referral_id]
        return changes[bisect.bisect_right(changes, at, key=lambda change: change[0]) - 1][1]

    def _moments(self, user_id: Id, record_id: Id, since: float, until: float) -> list[float]:
        changes = [change[0] for change in self._rights[user_id]]
        changes += [change[0] for change in self._deletions[record_id]]
        referrals = [self.referrals[record_id]] if record_id in self.referrals else self.referrals_of[record_id]
        for referral in referrals:
            changes += [change[0] for change in self._consents[referral.id]]
            changes.append(self._born.get(referral.id, 0.0))
        return [since, *(at for at in changes if since < at <= until)]

    def saw_before(self, user_id: Id, record_id: Id, event: asyncpg.Record) -> bool:
        """Whether the log has it that the person saw the record before this event.

        What is numbered together was committed in another order: a loss of rights may come after what it hid, and what
        was made and seen before the loss may come after it.
        """
        times = [event["at"] - 0.001]
        if event["kind"] == "user":
            together = range(event["position"], event["numbered_to"] + 1)
            times.append(max(found["at"] for place in together if (found := self.by_position.get(place)) is not None))
        rights = self.rights_at(user_id, event["position"])
        return any(self.sees(rights, record_id, at) for at in times)

    def ever_saw(self, user_id: Id, record_id: Id, since: float, until: float) -> bool:
        """Whether the person could see the record at any moment between."""
        moments = self._moments(user_id, record_id, since, until)
        return any(self.sees(self.rights(user_id, at), record_id, at) for at in moments)

    def always_saw(self, user_id: Id, record_id: Id, since: float, until: float) -> bool:
        """Whether the person could see the record at every moment between."""
        moments = self._moments(user_id, record_id, since, until)
        return all(self.sees(self.rights(user_id, at), record_id, at) for at in moments)

    def member(self, user_id: Id, organization_id: Id, since: float, until: float, *, always: bool) -> bool:
        """Whether the person belonged to the organization at any moment between, or at every one."""
        moments = [since, *(at for at, *_ in self._rights[user_id] if since < at <= until)]
        return (all if always else any)(organization_id in self.rights(user_id, at).organizations for at in moments)
