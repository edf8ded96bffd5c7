"""The rescue mission's program, through whose phases its clients go by approval."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from models.base import Id
from models.clients import ContactPreference
from models.database import Statement, Transaction
from models.engagements import Engagement
from models.people import Permission as P
from models.phases import ApproverKind
from models.progressions import Progression, ProgressionKind
from policies.actors import UUID, Actor
from server.demo.county import County
from server.demo.staff import ACCOUNTS, Staffing
from server.demo.timeline import Story, Timeline
from workflows import clients, organizations, people, phases
from workflows.engagements.automatic import assign_automatically
from workflows.engagements.outcomes import record_outcome
from workflows.engagements.start import start
from workflows.phases import ApprovedBy, AssignedAt, Threshold
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Recommendation
from workflows.progressions.submit import submit

MISSION = "Alderton Rescue Mission"
PROGRAM = "The Way Home"
CAMPUSES = ("Downtown campus", "Riverside campus")
PHASES = ("Find Hope", "Choose Help", "Make Progress", "Sustain and Grow")
PERSONAS = ("Builder", "Explorer", "Finder")
AREAS = ("Housing", "Health", "Work")
CLIENTS = 9
_RESULT = Statement(select(Progression.result_id).where(Progression.id == bindparam("id", type_=UUID)))
_MANAGER = Statement(select(Engagement.case_manager_id).where(Engagement.id == bindparam("id", type_=UUID)))
_LEADER = ApprovedBy(ApproverKind.LEADER)
_ROLES = {
    "Case manager": [P.VIEW_CLIENTS, P.EDIT_CLIENTS, P.CARRY_CASELOAD],
    "Leader": [P.VIEW_CLIENTS, P.EDIT_CLIENTS, P.MANAGE_CASELOADS],
    "Director": [P.VIEW_CLIENTS, P.MANAGE_PROGRAMS, P.MANAGE_ORGANIZATION],
}
_REASONS = (
    "Keeps every appointment, and has begun to plan.",
    "Has found work and saves for a deposit.",
    "Asks for the next step herself.",
)


class Mission:
    """Hires its people, opens its program, and has its clients come and go on."""

    def __init__(self, transaction: Transaction, county: County, timeline: Timeline, staffing: Staffing) -> None:
        self._transaction = transaction
        self._random = county.random
        self._county = county
        self._timeline = timeline
        self._staffing = staffing
        self._organization = county.organizations[MISSION]
        self._program: Id = ""
        self._phases: dict[str, Id] = {}
        self._personas: list[Id] = []
        self._campuses: list[Id] = []
        self._staff: dict[str, Actor] = {}
        self._managers: list[Actor] = []

    async def open(self) -> None:
        """People, campuses, phases and personas."""
        tx, mission = self._transaction, self._organization
        roles = {
            name: await people.add_role(tx, organization_id=mission, name=name, permissions=permissions)
            for name, permissions in _ROLES.items()
        }
        self._program = await organizations.add_program(tx, organization_id=mission, name=PROGRAM)
        for name in CAMPUSES:
            site = await organizations.add_site(tx, organization_id=mission, name=name, postal_code="97941")
            await phases.open_campus(tx, program_id=self._program, site_id=site)
            self._campuses.append(site)
        for name, role in (("leader", "Leader"), ("director", "Director")):
            self._staff[name], _ = await self._hire(roles[role], f"{name}@demo.test")
        for number in range(4):
            manager, membership = await self._hire(roles["Case manager"], "" if number else "casemanager@demo.test")
            # The demo's case manager works at Riverside, one more of them there, and two downtown.
            await people.place(tx, None, membership_id=membership, site_id=self._campuses[number < 2])
            await people.set_leader(tx, None, membership, self._staff["leader"].id)
            self._managers.append(manager)
        for name in PERSONAS:
            self._personas.append(await phases.add_persona(tx, None, organization_id=mission, name=name))
        for name in PHASES:
            strict = name == "Make Progress"
            self._phases[name] = await phases.add(
                tx,
                None,
                program_id=self._program,
                name=name,
                approvers=[_LEADER, ApprovedBy(ApproverKind.ROLE, role_id=roles["Director"])] if strict else [_LEADER],
                warnings=[Threshold(area, 80) for area in AREAS] if strict else [],
                assigned_at=[AssignedAt(self._campuses[0])] if strict else [],
            )

    def begin(self, end: datetime) -> None:
        """The stories of the clients, from three months before the end."""
        for number in range(CLIENTS):
            at = end - timedelta(days=90 - 8 * number)
            self._timeline.begin(at, self._story(number))

    async def _hire(self, role_id: Id, email: str) -> tuple[Actor, Id]:
        first, last = ACCOUNTS.get(email) or self._county.new_name()
        user_id = await self._staffing.register(email or f"{first}.{last}@demo.test".lower(), first, last)
        membership = await people.join(
            self._transaction, None, user_id=user_id, organization_id=self._organization, role_ids=[role_id]
        )
        return await self._staffing.actor(user_id), membership

    async def _story(self, number: int) -> Story:
        """A client comes, and goes from phase to phase; the later ones are still on their way."""
        tx, leader = self._transaction, self._staff["leader"]
        manager = self._managers[number % 2]
        engagement = await self._engage(manager, self._campuses[number % 2])
        yield timedelta(days=self._random.uniform(6, 12))
        for phase in PHASES[1:]:
            for area in AREAS:
                percent = self._random.choice((60, 75, 85, 90, 95))
                await record_outcome(tx, manager, engagement, area, percent)
            submitted = await self._submit(manager, engagement, Recommendation(ProgressionKind.PHASE))
            yield timedelta(days=self._random.uniform(1, 3))
            if self._random.random() < 0.2:
                await deny(tx, leader, submitted, expected_version=1, comments="Let us wait for the lease.")
                yield timedelta(days=7)
                submitted = await self._submit(
                    manager, engagement, Recommendation(ProgressionKind.PHASE), replaces_id=submitted
                )
                yield timedelta(days=1)
            await approve(tx, leader, submitted, expected_version=1)
            if phase == "Make Progress":
                yield timedelta(days=1)
                await approve(tx, self._staff["director"], submitted, expected_version=2)
            engagement, manager = await self._moved_on(submitted)
            if self._random.random() < 0.4:
                yield timedelta(days=2)
                persona = self._random.choice(self._personas)
                asked = Recommendation(ProgressionKind.PERSONA, persona_id=persona)
                submitted = await self._submit(manager, engagement, asked)
                yield timedelta(days=1)
                await approve(tx, leader, submitted, expected_version=1)
            yield timedelta(days=self._random.uniform(8, 20))

    async def this_morning(self) -> None:
        """One client of the demo's case manager waits for the leader, and another for the director."""
        manager, campus = self._managers[0], self._campuses[0]
        await self._submit(manager, await self._engage(manager, campus), Recommendation(ProgressionKind.PHASE))
        engagement = await self._engage(manager, campus)
        for _ in range(2):
            submitted = await self._submit(manager, engagement, Recommendation(ProgressionKind.PHASE))
            await approve(self._transaction, self._staff["leader"], submitted, expected_version=1)
            engagement = await self._transaction.value(_RESULT, id=submitted) or engagement

    async def _engage(self, manager: Actor, campus: Id) -> Id:
        """A client comes, and is in the first phase."""
        first, last = self._county.new_name()
        leader = self._staff["leader"]
        client = await clients.create(
            self._transaction,
            leader,
            organization_id=self._organization,
            first_name=first,
            last_name=last,
            email=f"{first}.{last}@demo.test".lower(),
            contact_preference=ContactPreference.PHONE,
        )
        return await start(
            self._transaction,
            leader,
            client_id=client,
            program_id=self._program,
            campus_id=campus,
            case_manager_id=manager.id,
        )

    async def _moved_on(self, progression: Id) -> tuple[Id, Actor]:
        """The engagement that came of it, with its case manager: a new one, where the campus brings one."""
        engagement: Id = await self._transaction.value(_RESULT, id=progression)
        await assign_automatically(self._transaction, engagement)
        manager = await self._transaction.value(_MANAGER, id=engagement)
        return engagement, next(actor for actor in self._managers if actor.id == manager)

    async def _submit(
        self, manager: Actor, engagement: Id, asked: Recommendation, *, replaces_id: Id | None = None
    ) -> Id:
        reason = self._random.choice(_REASONS)
        return await submit(self._transaction, manager, engagement, asked, reason=reason, replaces_id=replaces_id)
