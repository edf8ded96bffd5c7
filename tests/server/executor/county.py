"""A county with something of everything: every status, every kind of note, everyone's view of it. Nobody changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select

from models.base import Id
from models.clients import ContactPreference, RecordStatus
from models.database import Database, Row, Statement
from models.goals import GoalStatus
from models.partners import ConsentMethod, RecruitmentStatus
from models.people import Permission
from models.referrals import ReferralStatus as Status
from policies.actors import ONE, Actor
from policies.actors import actor as read_actor
from resolvers.nodes import NODES
from schema.context import Context, Services
from server import execution
from server.documents import Documents
from server.schema import build
from tests.company import Company
from tests.intake import Intake
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
    list_views,
    navigators,
    notes,
    organizations,
    people,
    records,
)
from workflows.engagements.automatic import assign_automatically
from workflows.engagements.outcomes import record_outcome
from workflows.mentoring import answer, mails
from workflows.mentoring import notes as mentoring_notes
from workflows.mentoring.sessions import record_session
from workflows.partners import case_managers, login
from workflows.progressions.withdraw import withdraw
from workflows.referrals.set_status import set_status

SCHEMA = build()
DOCUMENTS = Documents(SCHEMA)
HEAD = "where the feed stands"
BANNED = "petra"
NOBODY = "nobody"

_ODD = """
update programs set description = 'Food, 100% free_of_charge \\ "now"', fees = '€ 0', categories = '{food,shelter}',
    website = 'https://pantry.example.test' where name = 'Pantry';
update sites set latitude = 37.8, longitude = -122.41, city = 'San Francisco', address = '1 Pier'
    where name like 'Pier%';
insert into program_sites (program_id, site_id) select programs.id, sites.id from programs, sites
    where programs.name = 'Pantry';
insert into sites (id, organization_id, name, latitude, longitude, postal_code, created_at, updated_at)
    select gen_random_uuid(), id, 'Null Island', 0.0, 1e-7, '00000', now(), date_trunc('day', now())
    from organizations where name = 'Food Bank';
insert into programs (id, organization_id, name, active, created_at, updated_at)
    select gen_random_uuid(), id, name || ' Program ' || n, n % 7 != 0, now(), now()
    from organizations, generate_series(1, 40) n;
update organizations set kind = 'ministry', email = 'e@example.test' where name = 'Elsewhere';
update organizations set records_views = true where name = 'Elsewhere';
"""
_LISTS = """{ viewer {
  programs { ...P } clients { __typename edges { cursor node { goals { ...G } navigators { ...A } } } }
  organizations { __typename edges { cursor node { sites { ...S } groups { ...T } roles { ...R } members { ...M }
    partners { ...O } businessUnits { ...U } positions { ...Q } caseManagers { ...K } } } }
  caseManagers { ...K }
  inboundReferrals { ...F } outboundReferrals { ...F } } }
fragment P on ProgramConnection { __typename edges { cursor } }
fragment O on OrganizationConnection { __typename edges { cursor } }
fragment U on BusinessUnitConnection { __typename edges { cursor } }
fragment Q on PositionConnection { __typename edges { cursor } }
fragment K on CaseManagerConnection { __typename edges { cursor } }
fragment G on GoalConnection { __typename edges { cursor } }
fragment A on ActorConnection { __typename edges { cursor } }
fragment S on SiteConnection { __typename edges { cursor } }
fragment T on GroupConnection { __typename edges { cursor } }
fragment R on RoleConnection { __typename edges { cursor } }
fragment M on MembershipConnection {
  __typename edges { cursor node { placements(first: 3) { __typename edges { cursor } } } } }
fragment F on ReferralConnection { __typename edges { cursor node {
  notes(first: 3) { __typename edges { cursor } } history(first: 3) { __typename edges { cursor } } } } }
"""


@dataclass
class County:
    """What there is to ask for, and who asks."""

    database: Database
    actors: Mapping[str, Actor | None]
    ids: Mapping[str, list[Id]]
    """By type."""
    seen: Mapping[str, Mapping[str, list[Id]]]
    """What each of them sees, by type."""
    cursors: Mapping[str, Sequence[str]]
    """By the type of the connection."""
    events: Sequence[Row]
    """What the feed tells."""

    def context(self, who: str) -> Context:
        """A new operation of this person."""
        context = Context(Services(self.database, lambda signed_in: ("token", 0.0), str), self.actors[who])
        context.feed_head = HEAD
        return context

    async def ask(self, who: str, text: str, variables: dict[str, Any] | None = None) -> Any:
        """The answer to a query, by whatever engine is in use."""
        document = DOCUMENTS.get(text)
        assert not document.errors, document.errors
        result = await execution.run(SCHEMA, document, self.context(who), variables, None)
        return orjson.loads(execution.as_json(result))


async def settle(database: Database) -> County:
    """Make it."""
    world = await World.build(database)
    company = await Company.build(world)
    await _refer(world)
    await _look_after(world, company)
    await _write(world)
    await _progress(world)
    await _mentor(world)
    await database.pool.execute(_ODD)
    actors = {name: await read_actor(database, id) for name, id in world.people.items() if name != BANNED}
    events = await database.pool.fetch(
        "select * from events where kind in ('referral', 'client', 'engagement', 'progression', 'case_manager') "
        "order by id"
    )
    tables = {kind: one.table.__tablename__ for kind, one in NODES.items()}
    ids = {kind: [row[0] for row in await database.pool.fetch(f"select id from {tables[kind]}")] for kind in tables}
    seen = {name: await _seen(database, actor) if actor else {} for name, actor in actors.items()}
    county = County(database, {**actors, NOBODY: None}, ids, {**seen, NOBODY: {}}, {}, events)
    cursors: dict[str, list[str]] = {}
    for name in ("helen", "paul", "ada"):
        _collect(await county.ask(name, _LISTS), cursors)
    return replace(county, cursors=cursors)


async def _seen(database: Database, actor: Actor) -> dict[str, list[Id]]:
    found = {}
    for kind, one in NODES.items():
        rows = await database.rows(Statement(select(one.by).where(one.visible(ONE))), **actor.parameters())
        found[kind] = [row[0] for row in rows]
    return found


async def _look_after(world: World, company: Company) -> None:
    cora, carl = company.managers["wren"], company.managers["wade"]
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        await case_managers.assign_officer(tx, ada, cora, world.people["helen"])
        await case_managers.verify(tx, ada, cora)
        await case_managers.agree_to_promotions(tx, ada, cora, ConsentMethod.IN_PERSON)
        await case_managers.set_recruitment(tx, ada, carl, RecruitmentStatus.ONBOARDED)
        await login.deactivate(tx, ada, carl)


async def _refer(world: World) -> None:
    async with world.database.transaction() as tx:
        helen, ada, paul, pam = [await world.actor(name, tx) for name in ("helen", "ada", "paul", "pam")]
        await organizations.share_group(tx, ada, world.outreach, True)
        await organizations.record_views(tx, pam, world.food_bank, True)
        await navigators.assign(tx, ada, client_id=world.nora, user_id=world.people["hugo"])
        wilma = await clients.create(
            tx, helen, organization_id=world.agency, first_name="Wilma", last_name="Ünser",
            email="wilma@example.test", contact_preference=ContactPreference.NONE,
        )  # fmt: skip
        kind = await client_types.add(tx, ada, organization_id=world.agency, name="Veteran")
        await records.set_type(tx, helen, world.sam, kind)
        await records.set_case_number(tx, ada, world.sam, "H-7")
        await records.add_warning(tx, helen, world.sam, "Has a dog.")
        await records.set_status(tx, helen, world.nora, RecordStatus.CLOSED)
        await client_groups.add(tx, helen, group_id=world.outreach, client_ids=[world.sam, world.nora])
        await organizations.set_portal(tx, ada, world.agency, True)
        await invitations.invite_client(tx, ada, world.nora, "nora@example.test")
        for address in ("otto@example.test", "new@example.test"):
            await invitations.invite_member(tx, ada, organization_id=world.agency, address=address, role_ids=[])
        gone = await clients.create(tx, helen, organization_id=world.agency, first_name="Gone", last_name="Girl")
        await deletion.delete(tx, ada, gone)
        own = await clients.create(tx, paul, organization_id=world.food_bank, first_name="Olga", last_name="Own")
        reached = await goals.add(tx, helen, client_id=world.sam, title="A home")
        await goals.update(tx, helen, reached, status=GoalStatus.REACHED)
        await goals.update(
            tx, helen, await goals.add(tx, helen, client_id=world.nora, title="Rest"), status=GoalStatus.DROPPED
        )
    referrals = [await world.refer() for _ in Status]
    await world.refer("sam", program_id=world.kitchen, comments="For myself")
    await world.refer("hugo", client_id=wilma, program_id=world.pantry, goal_id=None)
    await world.refer("helen", client_id=wilma, program_id=world.kitchen)
    await world.refer("helen", client_id=world.nora, live=False, consent=False, comments="For the record")
    await world.refer("paul", client_id=own, program_id=world.kitchen)
    await world.refer("paul", program_id=world.kitchen, comments="Elsewhere")
    await world.refer(goal_id=reached, comments="Line\nbreak \u2028 and \U0001f600")
    async with world.database.transaction() as tx:
        paul = await world.actor("paul", tx)
        for referral, status in zip(referrals, Status, strict=True):
            if status is not Status.NOT_UPDATED:
                replaced_by = referrals[0] if status is Status.REFERRED_ELSEWHERE else None
                await set_status(tx, paul, referral, status, replaced_by_id=replaced_by)


async def _write(world: World) -> None:
    async with world.database.transaction() as tx:
        helen, paul, pam = [await world.actor(name, tx) for name in ("helen", "paul", "pam")]
        sam = await world.actor("sam", tx)
        [*referrals] = await tx.connection.fetch(
            "select id from referrals where client_id = $1 and program_id = $2 order by id", world.sam, world.pantry
        )
        for row in referrals[:4]:
            for author, shared in ((helen, True), (helen, False), (paul, True), (paul, False), (sam, True)):
                note = await notes.add(tx, author, referral_id=row["id"], body=f"For {row['id']}", shared=shared)
            await notes.delete(tx, sam, note["note_id"])
        await people.ban(tx, None, world.people[BANNED])
        await organizations.record_views(tx, pam, world.food_bank, False)


async def _mentor(world: World) -> None:
    """A request for a mentor that is taken care of, and one that waits."""
    intake = await Intake.build(world)
    await intake.ask()
    request = await intake.ask()
    assignment = await intake.assign(request)
    async with world.database.transaction() as tx:
        mia = await world.actor("mia", tx)
        await answer.accept(tx, mia, assignment)
        await mentoring_notes.add(tx, mia, request, body="Called.")
        await mails.write(tx, await world.actor("cora", tx), request, subject="Hello", body="Welcome.")
        await record_session(tx, mia, request)


async def _progress(world: World) -> None:
    """The mission's clients: someone in every phase, submissions in every status, and people of both in one."""
    mission = await Mission.build(world)
    async with world.database.transaction() as tx:
        # Ada and Sam look at these, too: as somebody who keeps records there, and as a navigator's client.
        role = await people.add_role(
            tx, organization_id=mission.organization, name="Guest", permissions=[Permission.VIEW_CLIENTS]
        )
        for name in ("ada", "helen", "paul"):
            await people.join(
                tx, None, user_id=world.people[name], organization_id=mission.organization, role_ids=[role]
            )
        lena = await world.actor("lena", tx)
        await delegations.name_delegate(
            tx, lena, organization_id=mission.organization, delegate_id=world.people["dirk"],
            ends_at=clock.now() + timedelta(days=400),
        )  # fmt: skip
        for name in ("ada", "helen", "paul", "pam", "lena"):
            await list_views.save(
                tx, await world.actor(name, tx), list="Viewer.approvals", name="Mine",
                arguments={"filter": {"status": ["PENDING"]}},
            )  # fmt: skip
    await mission.deny("lena", await mission.submit())
    await mission.advance(mission.downtown)
    await mission.submit(kind="persona", persona_id=mission.personas[0])
    id = await mission.submit()
    await mission.approve("lena", id, comments="Yes")
    await mission.approve("dirk", id)
    async with world.database.transaction() as tx:
        await assign_automatically(tx, await mission.active())
    other = await mission.engage("Other")
    withdrawn = await mission.submit(engagement_id=other)
    async with world.database.transaction() as tx:
        mara = await world.actor("mara", tx)
        await withdraw(tx, mara, withdrawn)
        await record_outcome(tx, mara, other, "Housing", 40)
    await mission.submit(engagement_id=other, replaces_id=withdrawn)


def _collect(answer: Any, cursors: dict[str, list[str]]) -> None:
    match answer:
        case {"__typename": kind, "edges": edges}:
            cursors.setdefault(kind, []).extend(edge["cursor"] for edge in edges)
            _collect(edges, cursors)
        case dict():
            _collect(list(answer.values()), cursors)
        case list():
            for value in answer:
                _collect(value, cursors)
