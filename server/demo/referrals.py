"""What happens to a referral, from its making to its ending: stories, told by workflows alone."""

from dataclasses import dataclass, field
from datetime import timedelta

from models.base import Id
from models.database import Transaction
from models.referrals import ReferralStatus as S
from policies.actors import Actor
from server.demo import texts
from server.demo.county import County, Offered
from server.demo.timeline import Story, Timeline
from workflows import clock, notes
from workflows.referrals.set_goal import set_goal
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit
from workflows.referrals.view import view

ENDINGS: dict[S, tuple[int, list[S]]] = {
    S.GOT_HELP: (44, [S.PENDING, S.ELIGIBLE, S.GOT_HELP]),
    S.ELIGIBLE: (6, [S.PENDING, S.ELIGIBLE]),
    S.PENDING: (5, [S.PENDING]),
    S.NEEDS_CLIENT_ACTION: (5, [S.NEEDS_CLIENT_ACTION]),
    S.REFERRED_ELSEWHERE: (6, [S.NO_CAPACITY]),
    S.COULDNT_CONTACT: (9, [S.PENDING, S.COULDNT_CONTACT]),
    S.NOT_ELIGIBLE: (6, [S.NEEDS_CLIENT_ACTION, S.NOT_ELIGIBLE]),
    S.NO_CAPACITY: (5, [S.NO_CAPACITY]),
    S.COULDNT_GET_HELP: (4, [S.PENDING, S.COULDNT_GET_HELP]),
    S.NO_LONGER_INTERESTED: (5, [S.PENDING, S.NO_LONGER_INTERESTED]),
    S.NOT_UPDATED: (5, []),
}
"""Where referrals end or get stuck: how often, and the way there."""


@dataclass
class Case:
    """A client and those who are there for them."""

    id: Id
    helper: Actor
    goals: dict[str, Id] = field(default_factory=dict)
    """By need."""
    seeker: Actor | None = None
    """The client themself, where they have an account."""


class Referrals:
    """Makes referrals and goes on with them."""

    def __init__(self, transaction: Transaction, county: County, timeline: Timeline) -> None:
        self._transaction = transaction
        self._county = county
        self._random = county.random
        self._timeline = timeline

    def some_ending(self) -> S:
        """How a referral ends."""
        return self._random.choices(list(ENDINGS), [weight for weight, _ in ENDINGS.values()])[0]

    def some_program(self, need: str, *, other_than: Offered | None = None) -> Offered:
        """A program for the need; the pantry oftener than others."""
        offered = [program for program in self._county.programs_for(need) if program != other_than]
        weights = [8 if program == self._county.pantry else 1 for program in offered]
        return self._random.choices(offered, weights)[0]

    async def story(self, case: Case, maker: Actor, program: Offered, ending: S, *, live: bool = True) -> Story:
        """A referral is made, and goes on."""
        id = await self.make(case, maker, program, live=live)
        async for wait in self._follow_up(case, maker, program, id, ending, live):
            yield wait

    async def make(self, case: Case, maker: Actor, program: Offered, *, live: bool = True) -> Id:
        """The client is referred to the program."""
        comments = (*texts.COMMENTS.get(program.need, ()), *texts.OTHER_COMMENTS)
        return await submit(
            self._transaction,
            maker,
            client_id=case.id,
            program_id=program.id,
            consent=live,
            live=live,
            comments=self._random.choice(comments) if self._chance(0.7) else None,
            goal_id=case.goals.get(program.need) if self._chance(0.6) else None,
        )

    async def _follow_up(self, case: Case, maker: Actor, program: Offered, id: Id, ending: S, live: bool) -> Story:
        claimer = self._random.choice(self._county.claimers[program.id]) if live else maker
        yield self._days(1.5)
        if self._chance(0.4):
            await view(self._transaction, claimer, id)
        if self._chance(0.3):
            await self._note(claimer, id, texts.PROGRAM_NOTES)
        for status in ENDINGS[ending][1]:
            yield self._days(0.1)
            by = self._random.choices((claimer, maker, case.seeker or claimer), (12, 2, 1))[0]
            await set_status(self._transaction, by, id, status)
            yield self._days(0.3)
            if self._chance(0.3):
                await self._note_of_somebody(case, maker, claimer, id)
            if case.goals and self._chance(0.03):
                goal = self._random.choice([*case.goals.values(), None])
                await set_goal(self._transaction, maker, id, goal)
            yield self._days(6)
        if ending is S.REFERRED_ELSEWHERE and live:
            await notes.add(self._transaction, claimer, referral_id=id, body=texts.FULL_NOTE)
            yield self._days(1)
            other = self.some_program(program.need, other_than=program)
            replacement = await self.make(case, maker, other)
            await set_status(self._transaction, maker, id, S.REFERRED_ELSEWHERE, replaced_by_id=replacement)
            async for wait in self._follow_up(case, maker, other, replacement, self.some_ending(), live):
                yield wait

    async def _note_of_somebody(self, case: Case, maker: Actor, claimer: Actor, id: Id) -> None:
        if case.seeker is not None and self._chance(0.3):
            await self._note(case.seeker, id, texts.SEEKER_NOTES, shared=True)
        elif self._chance(0.5):
            await self._note(claimer, id, texts.PROGRAM_NOTES)
        else:
            await self._note(maker, id, texts.SEEKER_NOTES if maker == case.seeker else texts.HELPER_NOTES)

    async def _note(self, author: Actor, id: Id, bodies: tuple[str, ...], *, shared: bool = False) -> None:
        shared = shared or not author.organizations or self._chance(0.75)
        body = self._random.choice(bodies if shared else texts.INTERNAL_NOTES)
        added = await notes.add(self._transaction, author, referral_id=id, body=body, shared=shared)
        if self._chance(0.07):
            self._timeline.begin(clock.now() + timedelta(minutes=9), self._regret(author, added["note_id"]))

    async def _regret(self, author: Actor, note_id: Id) -> Story:
        await notes.delete(self._transaction, author, note_id)
        return
        yield

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _days(self, mean: float) -> timedelta:
        return timedelta(days=self._random.expovariate(1 / mean))
