"""Mentoring in the county: a chapter, its coordinators, mentors and queue; stories, told by workflows alone."""

from datetime import datetime, timedelta
from random import Random

from models.base import Id
from models.database import Transaction
from models.mentors import MentorKind
from models.organizations import OrganizationKind
from models.people import Permission as P
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.demo.county import County
from server.demo.staff import ACCOUNTS, Staffing
from server.demo.timeline import Story, Timeline
from workflows import chapters, clock, mentors, organizations, people
from workflows.mentoring import answer, mails, notes
from workflows.mentoring.assign import assign
from workflows.mentoring.change import current_assignment, lock_unasked
from workflows.mentoring.put_back import time_out
from workflows.mentoring.sessions import record_session
from workflows.mentoring.submit import submit
from workflows.mentoring.transfer import transfer

CHAPTER = "Alder County Mentors"
_CHAPTERS = {
    CHAPTER: ("Northwest", True, False),
    "Marlow Bay Mentors": ("Northwest", True, False),
    "Stony Ford Mentors": ("Northwest", False, False),
    "Mentors National": ("National", True, True),
}
_COORDINATOR, _MENTOR = "cic@demo.test", "mentor@demo.test"
_MENTORS = (
    (_MENTOR, CHAPTER, MentorKind.MENTOR, ["English", "Hindi"], ["Bookkeeping", "Starting a business"]),
    ("", CHAPTER, MentorKind.MENTOR, ["English"], ["First jobs", "Retail"]),
    ("", CHAPTER, MentorKind.MENTOR, ["English", "Español"], ["Restaurants"]),
    ("", CHAPTER, MentorKind.EXPERT, ["English"], ["Taxes"]),
    ("", "Marlow Bay Mentors", MentorKind.MENTOR, ["English"], ["Fishing", "Tourism"]),
)
_HELP = (
    "I want to open a small bakery and do not know where to begin.",
    "How do I write a résumé after ten years at home?",
    "I need somebody to look over my books before I ask the bank.",
    "Quiero abrir un puesto de comida y necesito ayuda con los permisos.",
    "I was offered a lease for my shop. Is it a fair one?",
    "I would like to practice for interviews.",
)
_NOTES = ("Called; prefers mornings.", "Left a message.", "Knows exactly what she wants.", "Would rather meet online.")
_REASONS = ("I am away for a month.", "Not my field, sorry.", None)
_REQUESTS = {
    62: "session", 55: "session", 47: "timed out", 41: "session", 33: "declined", 28: "session", 21: "accepted",
    19: "transferred", 16: "stands", 12: "accepted", 9: "declined", 6: "pending", 4: "pending", 3: "accepted",
    2: "stands", 1: "stands",
}  # fmt: skip
"""Requests, by how many days ago they came in, and what became of each."""


class Mentoring:
    """Founds the chapter, and has its requests come and go."""

    def __init__(self, transaction: Transaction, county: County, timeline: Timeline, staffing: Staffing) -> None:
        self._transaction = transaction
        self._county = county
        self._random: Random = county.random
        self._timeline = timeline
        self._staffing = staffing
        self._chapters: dict[str, Id] = {}
        self._coordinators: list[Actor] = []
        self._mentors: list[tuple[Id, Actor]] = []
        """Those of the chapter; the demo's mentor is the first."""

    async def run(self, end: datetime) -> None:
        """Found it, and begin the stories of its requests."""
        await self._found()
        for number, (days, outcome) in enumerate(_REQUESTS.items()):
            self._timeline.begin(end - timedelta(days=days, hours=number % 5), self._story(outcome, number))
        self._timeline.begin(end - timedelta(days=20), self._rest())

    async def _found(self) -> None:
        tx = self._transaction
        roles = {}
        for name, (district, live, national) in _CHAPTERS.items():
            id = self._chapters[name] = await organizations.create(tx, name=name, kind=OrganizationKind.CHAPTER)
            await chapters.found(
                tx,
                id,
                district=district,
                region="Pacific" if not national else "National",
                time_zone="America/Los_Angeles",
                public_holidays="US-WA",
                live=live,
                national=national,
                stagnation_days=10,
            )
            roles[name] = await people.add_role(
                tx,
                organization_id=id,
                name="Intake coordinator",
                permissions=[P.COORDINATE_INTAKE, P.OVERRIDE_LIMITS, P.VIEW_CLIENTS, P.EDIT_CLIENTS],
            )
        for email, home in ((_COORDINATOR, CHAPTER), ("", CHAPTER), ("", "Mentors National")):
            user_id = await self._join(email, home, [roles[home]])
            if home == CHAPTER:
                self._coordinators.append(await self._actor(user_id))
        for email, home, kind, languages, expertise in _MENTORS:
            user_id = await self._join(email, home, [])
            mentor_id = await mentors.enrol(
                tx,
                None,
                chapter_id=self._chapters[home],
                user_id=user_id,
                kind=kind,
                languages=languages,
                expertise=expertise,
            )
            if home == CHAPTER:
                self._mentors.append((mentor_id, await self._actor(user_id)))

    async def _join(self, email: str, home: str, role_ids: list[str]) -> Id:
        first, last = ACCOUNTS.get(email) or self._county.new_name()
        user_id = await self._staffing.register(email or f"{first}.{last}@demo.test".lower(), first, last)
        await people.join(
            self._transaction, None, user_id=user_id, organization_id=self._chapters[home], role_ids=role_ids
        )
        return user_id

    async def _actor(self, user_id: Id) -> Actor:
        actor = await read_actor(self._transaction, user_id)
        assert actor is not None
        return actor

    async def _rest(self) -> Story:
        """The chapter's expert takes some weeks off, and one mentor takes no more than three a week."""
        (_, busy), (expert_id, expert) = self._mentors[2], self._mentors[3]
        await mentors.set_limit(self._transaction, busy, self._mentors[2][0], 3)
        yield timedelta(days=2)
        await mentors.pause(self._transaction, expert, expert_id, ends_at=clock.now() + timedelta(days=45))

    async def _story(self, outcome: str, number: int) -> Story:
        tx = self._transaction
        coordinator = self._random.choice(self._coordinators)
        first, last = self._county.new_name()
        id = await submit(
            tx,
            self._random.choice((None, None, coordinator)),
            chapter_id=self._chapters[CHAPTER],
            first_name=first,
            last_name=last,
            email=f"{first}.{last}@demo.test".lower(),
            help=self._random.choice(_HELP),
        )
        yield timedelta(hours=3)
        if outcome == "stands":
            return
        await notes.add(tx, coordinator, id, body=self._random.choice(_NOTES))
        if outcome == "transferred":
            reason = "Lives in Stony Ford."
            await transfer(tx, coordinator, id, chapter_id=self._chapters["Stony Ford Mentors"], reason=reason)
            return
        mentor_id, mentor = self._mentors[number % 3]
        assignment_id = await self._assign(coordinator, id, mentor_id)
        if outcome == "pending":
            return
        if outcome == "timed out":
            yield timedelta(days=9)
            await time_out(tx, id)
            yield timedelta(days=1)
            assignment_id = await self._assign(coordinator, id, mentor_id)
        yield timedelta(days=1)
        if outcome == "declined":
            await answer.decline(tx, mentor, assignment_id, reason=self._random.choice(_REASONS))
            return
        await answer.accept(tx, mentor, assignment_id)
        written = await mails.write(
            tx, mentor, id, subject="Shall we meet?", body=f"Dear {first},\n\nwhen would it suit you?"
        )
        await mails.mark_sent(tx, written["mail_id"])
        yield timedelta(days=4)
        if outcome != "accepted":
            await record_session(tx, mentor, id)

    async def _assign(self, coordinator: Actor, id: Id, mentor_id: Id) -> Id:
        await assign(self._transaction, coordinator, id, mentor_id)
        assignment = await current_assignment(self._transaction, await lock_unasked(self._transaction, id))
        assert assignment is not None
        return str(assignment["id"])
