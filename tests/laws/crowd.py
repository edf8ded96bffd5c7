"""People who do something at random, by calling workflows; the same seed does the same."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, select, true

from models.base import Base, Id
from models.clients import Client, ContactPreference, RecordStatus
from models.database import Row, Statement, Transaction
from models.delegations import Delegation
from models.engagements import Engagement
from models.goals import Goal, GoalStatus
from models.notes import Note
from models.notifications import Notification
from models.partners import CaseManager
from models.people import Membership, Permission, Placement, Role
from models.progressions import Progression, ProgressionKind
from models.referrals import Referral, ReferralStatus
from policies import clients as client_policy
from policies import delegations as delegation_policy
from policies import engagements as engagement_policy
from policies import goals as goal_policy
from policies import notes as note_policy
from policies import notifications as notification_policy
from policies import partners as partner_policy
from policies import progressions as progression_policy
from policies import referrals as referral_policy
from policies.actors import ONE, UUID, Actor, Who
from policies.actors import actor as read_actor
from tests.company import Company
from tests.mission import Mission
from tests.world import World
from workflows import (
    client_groups,
    client_types,
    clients,
    clock,
    delegations,
    deletion,
    goals,
    invitations,
    navigators,
    notes,
    notifications,
    organizations,
    people,
    portal,
    records,
)
from workflows.engagements.assign import assign, remove
from workflows.engagements.automatic import assign_automatically
from workflows.engagements.outcomes import record_outcome
from workflows.engagements.start import end, start
from workflows.partners import case_managers
from workflows.partners.move import move
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Recommendation
from workflows.progressions.submit import submit as submit_progression
from workflows.progressions.withdraw import withdraw
from workflows.referrals.set_goal import set_goal
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit
from workflows.referrals.view import view
from workflows.refusals import RefusedError

T = TypeVar("T")
Work = Callable[[Transaction, Actor], Awaitable[object]]


def _seen(table: Any, visible: Callable[[Who], ColumnElement[bool]]) -> Statement:
    return Statement(select(table.id).where(visible(ONE)).order_by(table.id))


def _all(table: Any, *columns: Any) -> Statement:
    current = table.ended_at.is_(None) if hasattr(table, "ended_at") else true()
    return Statement(select(table.id, *columns).where(current).order_by(table.id))


SEEN: dict[type[Base], Statement] = {
    CaseManager: _seen(CaseManager, partner_policy.visible),
    Client: _seen(Client, client_policy.visible),
    Delegation: _seen(Delegation, delegation_policy.visible),
    Engagement: _seen(Engagement, engagement_policy.visible),
    Goal: _seen(Goal, goal_policy.visible),
    Note: _seen(Note, note_policy.visible),
    Notification: _seen(Notification, notification_policy.visible),
    Progression: _seen(Progression, progression_policy.visible),
    Referral: _seen(Referral, referral_policy.visible),
}
_MEMBERSHIPS = _all(Membership, Membership.organization_id, Membership.user_id)
_PLACEMENTS = Statement(
    select(Placement.id, Membership.organization_id)
    .join(Membership, Membership.id == Placement.membership_id)
    .where(Placement.ended_at.is_(None), Membership.ended_at.is_(None))
    .order_by(Placement.id)
)
_ACTIVE = Statement(
    select(Engagement.id, Engagement.case_manager_id).where(Engagement.status == "active").order_by(Engagement.id)
)
_PENDING = Statement(
    select(Progression.id, Progression.version).where(Progression.status == "pending").order_by(Progression.id)
)
_ROLES = Statement(
    select(Role.id).where(Role.organization_id == bindparam("organization_id", type_=UUID)).order_by(Role.name)
)

PROGRESS = (
    "engage", "submit", "submit", "decide", "decide", "decide", "withdraw_submission", "assign_case_manager",
    "remove_case_manager", "assign_by_itself", "measure", "delegate", "end_delegation", "end_engagement",
)  # fmt: skip
"""What people do about clients' progress through the mission's program."""
CHANGES = (
    "progress", "progress", "progress", "refer", "refer", "set_status", "set_status", "set_status", "replace", "file",
    "write", "write", "erase", "mend_client", "aim", "mend_goal", "look", "box", "warn", "group", "clear",
    "mend_manager",
)  # fmt: skip
"""What people do to records that everyone goes on seeing."""
CONSENT = ("withdraw", "agree")
SETTINGS = ("share", "record_views")
RIGHTS = ("place", "place", "unplace", "join", "leave", "assign", "unassign", "move")
RECORDS = ("delete", "restore", "ban_client", "unban_client")
"""What takes a client out of everyone's sight, or the record out of the client's own."""
BANS = ("ban", "unban")


class Crowd:
    """Everyone in the world, and a few more, whose sight of things overlaps in more ways."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.mission = Mission(world)
        self.database = world.database
        self.random = random.Random(seed)
        self.company = Company()
        self.banned: set[Id] = set()
        self.done: list[str] = []
        """The deeds that were not refused."""

    @classmethod
    async def gather(cls, world: World, seed: int, deeds: int = 0, *kinds: str) -> Crowd:
        """Bring them together, and let them do so many things."""
        crowd = cls(world, seed)
        crowd.company = await Company.build(world)
        crowd.mission = await Mission.build(world)
        async with world.database.transaction() as tx:
            await crowd._gather(tx)
        for _ in range(deeds):
            await crowd.act(*kinds)
        return crowd

    async def _gather(self, tx: Transaction) -> None:
        world = self.world
        for name, last in [("ruth", "Reed"), ("dora", "Dean"), ("sid", "Sims"), ("tess", "Todd")]:
            world.people[name] = await people.register(
                tx, email=f"{name}@example.test", first_name=name.title(), last_name=last
            )
        # Ruth works for both; Dora may refer, but not open client records; Sid and Tess are clients like Sam.
        desk = await people.add_role(
            tx, organization_id=world.agency, name="Desk", permissions=[Permission.MAKE_REFERRALS]
        )
        workers = {
            organization: (await tx.rows(_ROLES, organization_id=organization))[-1]["id"]
            for organization in (world.agency, world.food_bank)
        }
        for name, organization, role in [
            ("ruth", world.agency, workers[world.agency]),
            ("ruth", world.food_bank, workers[world.food_bank]),
            ("dora", world.agency, desk),
        ]:
            world.memberships[f"{name}.{organization}"] = await people.join(
                tx, None, user_id=world.people[name], organization_id=organization, role_ids=[role]
            )
        for name, organization, place in [
            ("ruth", world.agency, {"group_id": world.outreach}),
            ("ruth", world.food_bank, {"program_id": world.kitchen}),
            ("dora", world.agency, {"group_id": world.outreach}),
        ]:
            membership_id = world.memberships[f"{name}.{organization}"]
            await people.place(tx, None, membership_id=membership_id, **place)
        for name, last, home, by in [
            ("sid", "Sims", world.agency, "helen"),
            ("tess", "Todd", world.food_bank, "paul"),
            ("fred", "Frost", world.food_bank, "pam"),
        ]:
            id = await clients.create(
                tx,
                await world.actor(by, tx),
                organization_id=home,
                first_name=name.title(),
                last_name=last,
                contact_preference=self.random.choice(list(ContactPreference)),
            )
            if name in world.people:
                await clients.link_account(tx, id, world.people[name])

    @property
    def names(self) -> list[str]:
        """Everyone, always in the same order."""
        return sorted(self.world.people)

    async def actors(self) -> dict[str, Actor]:
        """Everyone who is not banned, with their rights of this moment."""
        found = {name: await read_actor(self.database, id) for name, id in sorted(self.world.people.items())}
        return {name: actor for name, actor in found.items() if actor is not None}

    async def act(self, *kinds: str) -> None:
        """One of these deeds, by somebody who may well be refused."""
        kind = self.random.choice(kinds or (*CHANGES, *CONSENT, *SETTINGS, *RIGHTS))
        try:
            await getattr(self, f"_{kind}")()
        except RefusedError:
            return
        self.done.append(kind)

    async def _as(self, name: str, work: Work) -> None:
        async with self.database.transaction() as tx:
            actor = await read_actor(tx, self.world.people[name])
            if actor is not None:
                await work(tx, actor)

    def _somebody(self, *names: str) -> str:
        return self.random.choice(names or self.names)

    def _one_of(self, rows: Sequence[T]) -> T | None:
        return self.random.choice(rows) if rows else None

    async def _seen_by(self, tx: Transaction, actor: Actor, table: type[Base]) -> Id | None:
        row = self._one_of(await tx.rows(SEEN[table], **actor.parameters()))
        return None if row is None else row["id"]

    async def _to_seen(self, table: type[Base], work: Callable[[Transaction, Actor, Id], Awaitable[object]]) -> None:
        """Have somebody do this to one of the records that they see."""

        async def to_one(tx: Transaction, actor: Actor) -> None:
            id = await self._seen_by(tx, actor, table)
            if id is not None:
                await work(tx, actor, id)

        await self._as(self._somebody(), to_one)

    def _status(self) -> ReferralStatus:
        return self.random.choice([status for status in ReferralStatus if status is not ReferralStatus.NOT_UPDATED])

    async def _refer(self) -> None:
        async def refer(tx: Transaction, actor: Actor, client_id: Id) -> None:
            program = self.random.choice([self.world.pantry, self.world.kitchen])
            live = self.random.random() < 0.8
            await submit(tx, actor, client_id=client_id, program_id=program, consent=live, live=live)

        await self._to_seen(Client, refer)

    async def _set_status(self) -> None:
        await self._to_seen(Referral, lambda tx, actor, id: set_status(tx, actor, id, self._status()))

    async def _replace(self) -> None:
        async def replace(tx: Transaction, actor: Actor, id: Id) -> None:
            other = await self._seen_by(tx, actor, Referral)
            await set_status(tx, actor, id, ReferralStatus.REFERRED_ELSEWHERE, replaced_by_id=other)

        await self._to_seen(Referral, replace)

    async def _file(self) -> None:
        async def file(tx: Transaction, actor: Actor, id: Id) -> None:
            await set_goal(tx, actor, id, await self._seen_by(tx, actor, Goal))

        await self._to_seen(Referral, file)

    async def _progress(self) -> None:
        """One of the deeds about progress; what has been done is told apart."""
        await getattr(self, f"_{self.random.choice(PROGRESS)}")()

    async def _engage(self) -> None:
        mission = self.mission

        async def engage(tx: Transaction, actor: Actor, client_id: Id) -> None:
            campus = self.random.choice([mission.downtown, mission.riverside])
            manager = self.world.people[self._somebody("mara", "milo", "mina")]
            given = {"program_id": mission.program, "campus_id": campus, "case_manager_id": manager}
            await start(tx, actor, client_id=client_id, **given)

        async def open_and_engage(tx: Transaction, actor: Actor) -> None:
            await engage(tx, actor, await mission.new_client(f"Client {self.random.random()}", tx))

        await self._as("lena", open_and_engage)

    async def _to_engagement(self, name: str, work: Callable[[Transaction, Actor, Id], Awaitable[object]]) -> None:
        async def to_one(tx: Transaction, actor: Actor) -> None:
            id = self._one_of([row["id"] for row in await tx.rows(_ACTIVE)])
            if id is not None:
                await work(tx, actor, id)

        await self._as(name, to_one)

    async def _submit(self) -> None:
        kind = self.random.choice([ProgressionKind.PHASE, ProgressionKind.PHASE, ProgressionKind.PERSONA])
        more: dict[str, Any] = {"campus_id": self.mission.downtown}
        if kind is ProgressionKind.PERSONA:
            more = {"persona_id": self.random.choice(self.mission.personas)}

        async def to_one(tx: Transaction, actor: Actor) -> None:
            row = self._one_of(await tx.rows(_ACTIVE))
            if row is not None:
                manager = await read_actor(tx, row["case_manager_id"] or actor.id or "")
                await submit_progression(tx, manager or actor, row["id"], Recommendation(kind, **more), reason="Ready.")

        await self._as("mara", to_one)

    async def _decide(self) -> None:
        denies = self.random.random() < 0.2

        async def to_one(tx: Transaction, actor: Actor) -> None:
            row = self._one_of(await tx.rows(_PENDING))
            if row is not None and denies:
                await deny(tx, actor, row["id"], expected_version=row["version"], comments="No.")
            elif row is not None:
                await approve(tx, actor, row["id"], expected_version=row["version"])

        await self._as(self._somebody("lena", "lena", "dirk", "milo"), to_one)

    async def _withdraw_submission(self) -> None:
        async def to_one(tx: Transaction, actor: Actor) -> None:
            row = self._one_of(await tx.rows(_PENDING))
            if row is not None:
                await withdraw(tx, actor, row["id"])

        await self._as("mara", to_one)

    async def _assign_case_manager(self) -> None:
        manager = self.world.people[self._somebody("mara", "milo", "mina")]
        await self._to_engagement("lena", lambda tx, actor, id: assign(tx, actor, id, manager))

    async def _remove_case_manager(self) -> None:
        await self._to_engagement("lena", remove)

    async def _assign_by_itself(self) -> None:
        await self._to_engagement("lena", lambda tx, actor, id: assign_automatically(tx, id))

    async def _measure(self) -> None:
        percent = self.random.randint(0, 100)
        await self._to_engagement(
            self._somebody("mara", "lena"), lambda tx, actor, id: record_outcome(tx, actor, id, "Housing", percent)
        )

    async def _end_engagement(self) -> None:
        if self.random.random() < 0.3:
            await self._to_engagement("lena", end)

    async def _delegate(self) -> None:
        delegate = self.world.people[self._somebody("dirk", "milo", "lena")]
        ends = clock.now() + timedelta(days=1)
        await self._as(
            self._somebody("lena", "dirk"),
            lambda tx, actor: delegations.name_delegate(
                tx, actor, organization_id=self.mission.organization, delegate_id=delegate, ends_at=ends
            ),
        )

    async def _end_delegation(self) -> None:
        await self._to_seen(Delegation, delegations.end)

    async def _look(self) -> None:
        await self._to_seen(Referral, view)

    async def _write(self) -> None:
        shared = self.random.random() < 0.6
        body = f"Note {self.random.random()}"
        await self._to_seen(
            Referral, lambda tx, actor, id: notes.add(tx, actor, referral_id=id, body=body, shared=shared)
        )

    async def _erase(self) -> None:
        await self._to_seen(Note, notes.delete)

    async def _mend_client(self) -> None:
        changes: dict[str, Any] = self.random.choice(
            [{"first_name": f"Name {self.random.random()}"}, {"contact_preference": ContactPreference.NONE},
             {"contact_preference": ContactPreference.PHONE}]
        )  # fmt: skip
        await self._to_seen(Client, lambda tx, actor, id: clients.update(tx, actor, id, changes))

    async def _aim(self) -> None:
        await self._to_seen(Client, lambda tx, actor, id: goals.add(tx, actor, client_id=id, title="Find work"))

    async def _mend_goal(self) -> None:
        status = self.random.choice(list(GoalStatus))
        await self._to_seen(Goal, lambda tx, actor, id: goals.update(tx, actor, id, status=status))

    async def _mend_manager(self) -> None:
        changes: dict[str, str | None] = {"title": f"Title {self.random.random()}"}
        await self._to_seen(CaseManager, lambda tx, actor, id: case_managers.edit(tx, actor, id, changes))

    async def _move(self) -> None:
        id = self.random.choice(list(self.company.managers.values()))
        company, unit = self.random.choice([(self.company.bright, "North"), (self.company.calm, "West")])
        unit_id = self.random.choice([None, self.company.units[unit]])
        await self._as("ada", lambda tx, actor: move(tx, actor, id, company_id=company, business_unit_id=unit_id))

    async def _box(self) -> None:
        status = self.random.choice(list(RecordStatus))
        await self._to_seen(Client, lambda tx, actor, id: records.set_status(tx, actor, id, status))

    async def _warn(self) -> None:
        text = f"Warning {self.random.random()}"
        await self._to_seen(Client, lambda tx, actor, id: records.add_warning(tx, actor, id, text))

    async def _group(self) -> None:
        work = self.random.choice([client_groups.add, client_groups.remove])
        group_id = self.world.outreach
        await self._to_seen(Client, lambda tx, actor, id: work(tx, actor, group_id=group_id, client_ids=[id]))

    async def _clear(self) -> None:
        await self._to_seen(Notification, notifications.clear)

    async def _type(self) -> None:
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        called = f"Type {self.random.random()}"
        await self._as(name, lambda tx, actor: client_types.add(tx, actor, organization_id=id, name=called))

    async def _invite(self) -> None:
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        address = f"{self._somebody()}@example.test"
        await self._as(
            name,
            lambda tx, actor: invitations.invite_member(tx, actor, organization_id=id, address=address, role_ids=[]),
        )

    async def _delete(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(deletion.delete, Client.deleted_at.is_(None)))

    async def _restore(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(deletion.restore, Client.deleted_at.is_not(None)))

    async def _ban_client(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(portal.ban, Client.user_id.is_not(None)))

    async def _unban_client(self) -> None:
        await self._as(self._somebody("ada", "pam"), self._to_any(portal.unban, Client.user_id.is_not(None)))

    def _to_any(self, work: Callable[[Transaction, Actor, Id], Awaitable[object]], where: ColumnElement[bool]) -> Work:
        """Do this to one of the clients there are."""

        async def to_any(tx: Transaction, actor: Actor) -> None:
            row = self._one_of(await tx.rows(Statement(select(Client.id).where(where).order_by(Client.id))))
            if row is not None:
                await work(tx, actor, row["id"])

        return to_any

    async def _withdraw(self) -> None:
        await self._to_seen(Client, clients.withdraw_consent)

    async def _agree(self) -> None:
        await self._to_seen(Client, clients.give_consent)

    async def _share(self) -> None:
        sharing = self.random.random() < 0.7
        world = self.world

        async def share(tx: Transaction, actor: Actor) -> None:
            if world.agency in actor.organizations:
                await organizations.share_group(tx, actor, world.outreach, sharing)
            else:
                program = self.random.choice([world.pantry, world.kitchen])
                await organizations.share_program(tx, actor, program, sharing)

        await self._as(self._somebody("ada", "pam"), share)

    async def _record_views(self) -> None:
        recording = self.random.random() < 0.7
        name = self._somebody("ada", "pam")
        id = self.world.agency if name == "ada" else self.world.food_bank
        await self._as(name, lambda tx, actor: organizations.record_views(tx, actor, id, recording))

    async def _place(self) -> None:
        async with self.database.transaction() as tx:
            membership: Row | None = self._one_of(await tx.rows(_MEMBERSHIPS))
            assert membership is not None
            places = {
                self.world.agency: [{"group_id": self.world.outreach}, {"site_id": self.world.pier}],
                self.world.food_bank: [{"program_id": self.world.pantry}, {"program_id": self.world.kitchen}],
            }.get(membership["organization_id"])
            if places:
                await people.place(tx, None, membership_id=membership["id"], **self.random.choice(places))

    async def _unplace(self) -> None:
        async def unplace(tx: Transaction, actor: Actor) -> None:
            placements = [p for p in await tx.rows(_PLACEMENTS) if p["organization_id"] in actor.organizations]
            placement = self._one_of(placements)
            if placement is not None:
                await people.unplace(tx, actor, placement["id"])

        await self._as(self._somebody("ada", "pam"), unplace)

    async def _join(self) -> None:
        async with self.database.transaction() as tx:
            organization = self.random.choice([self.world.agency, self.world.food_bank])
            role = self.random.choice(await tx.rows(_ROLES, organization_id=organization))
            await people.join(
                tx,
                None,
                user_id=self.world.people[self._somebody()],
                organization_id=organization,
                role_ids=[role["id"]],
            )

    async def _leave(self) -> None:
        async def leave(tx: Transaction, actor: Actor) -> None:
            # The administrators stay, so that somebody can go on deciding.
            staying = {self.world.people["ada"], self.world.people["pam"]}
            ours = [
                membership
                for membership in await tx.rows(_MEMBERSHIPS)
                if membership["organization_id"] in actor.organizations and membership["user_id"] not in staying
            ]
            membership = self._one_of(ours)
            if membership is not None:
                await people.leave(tx, actor, membership["id"])

        await self._as(self._somebody("ada", "pam"), leave)

    async def _assign(self) -> None:
        await self._navigators(navigators.assign)

    async def _unassign(self) -> None:
        await self._navigators(navigators.unassign)

    async def _navigators(self, work: Callable[..., Awaitable[object]]) -> None:
        user_id = self.world.people[self._somebody()]
        await self._to_seen(Client, lambda tx, actor, id: work(tx, actor, client_id=id, user_id=user_id))

    async def _ban(self) -> None:
        name = self._somebody()
        if name not in ("ada", "pam"):
            async with self.database.transaction() as tx:
                await people.ban(tx, None, self.world.people[name])
            self.banned.add(self.world.people[name])

    async def _unban(self) -> None:
        id = self._one_of(sorted(self.banned))
        if id is not None:
            async with self.database.transaction() as tx:
                await people.unban(tx, None, id)
            self.banned.discard(id)
