"""A crowd around the intake queues: coordinators, mentors and clients, who do something at random."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import select

from jobs.deadlines import keep
from models.base import Id
from models.database import Statement, Transaction
from models.mentoring import MentoringAssignment, MentoringRequest
from models.mentors import Mentor
from policies import mentoring as policy
from policies.actors import ONE, Actor
from tests.intake import Intake
from tests.laws.crowd import Crowd
from tests.laws.deeds.somebody import SEEN, seen_by
from workflows import clock, mentors, people
from workflows.mentoring import answer, mails, notes, openings
from workflows.mentoring.assign import assign
from workflows.mentoring.put_back import put_back
from workflows.mentoring.sessions import record_session
from workflows.mentoring.transfer import transfer

SEEN |= {
    MentoringRequest: seen_by(MentoringRequest, policy.visible),
    MentoringAssignment: seen_by(MentoringAssignment, policy.assignment_visible),
}
_MENTORS = Statement(select(Mentor.id).order_by(Mentor.id))
_OWN_MENTORS = Statement(select(Mentor.id).where(Mentor.user_id == ONE.id))

QUEUE = (
    "ask", "ask", "give", "give", "give", "accept", "accept", "decline", "hand_back", "put_back", "send_on", "comment",
    "mail", "meet", "open_up", "shut", "rest", "limit", "time_passes",
)  # fmt: skip
COMINGS = ("come", "go")


class QueueCrowd(Crowd):
    """Everyone at the chapters; the rest of the world looks on."""

    intake: Intake

    @classmethod
    async def around(cls, intake: Intake, seed: int, deeds: int = 0, *kinds: str) -> QueueCrowd:
        """Bring them together, and let them do so many things."""
        crowd = cls(intake.world, seed)
        crowd.intake = intake
        crowd.random = random.Random(seed)
        for _ in range(deeds):
            await crowd.act(*(kinds or QUEUE))
        return crowd

    def _somebody(self, *names: str) -> str:
        # The others see nothing of it, and would do nothing.
        return super()._somebody(*(names or ("cora", "carl", "hank", "nate", "mia", "max", "eve", "hal", "clea")))

    async def _ask(self) -> None:
        who = self.random.choice([None, "clea", "cora", "hank"])
        chapter = {"cora": "bay", "hank": "hill"}.get(who or "", self.random.choice(["bay", "hill", "far"]))
        email = self.random.choice(["clea@example.test", "ann@example.test", "sam@example.test"])
        await self.intake.ask(who, chapter, email=email)

    async def _give(self) -> None:
        async def give(tx: Transaction, actor: Actor, id: Id) -> None:
            mentor = self.random.choice(await tx.rows(_MENTORS))
            await assign(tx, actor, id, mentor["id"])

        await self._to_seen(MentoringRequest, give)

    async def _accept(self) -> None:
        await self._to_seen(MentoringAssignment, answer.accept)

    async def _decline(self) -> None:
        await self._to_seen(MentoringAssignment, answer.decline)

    async def _hand_back(self) -> None:
        await self._to_seen(MentoringAssignment, answer.hand_back)

    async def _put_back(self) -> None:
        await self._to_seen(MentoringRequest, put_back)

    async def _send_on(self) -> None:
        chapter = self.intake.chapters[self.random.choice(["bay", "bay", "hill", "far"])]
        await self._to_seen(
            MentoringRequest, lambda tx, actor, id: transfer(tx, actor, id, chapter_id=chapter, reason="Nearer.")
        )

    async def _comment(self) -> None:
        body = f"Note {self.random.random()}"
        await self._to_seen(MentoringRequest, lambda tx, actor, id: notes.add(tx, actor, id, body=body))

    async def _mail(self) -> None:
        await self._to_seen(
            MentoringRequest, lambda tx, actor, id: mails.write(tx, actor, id, subject="Hello", body="Soon.")
        )

    async def _meet(self) -> None:
        await self._to_seen(MentoringRequest, record_session)

    async def _open_up(self) -> None:
        await self._to_seen(MentoringRequest, openings.open_)

    async def _shut(self) -> None:
        await self._to_seen(MentoringRequest, openings.close)

    async def _to_own(self, work: Any) -> None:
        async def own(tx: Transaction, actor: Actor) -> None:
            for row in await tx.rows(_OWN_MENTORS, **actor.parameters()):
                await work(tx, actor, row["id"])

        await self._as(self._somebody(*self.intake.mentors), own)

    async def _rest(self) -> None:
        await self._to_own(self.random.choice([mentors.pause, mentors.resume, mentors.resume]))

    async def _limit(self) -> None:
        limit = self.random.choice([None, None, 3])
        await self._to_own(lambda tx, actor, id: mentors.set_limit(tx, actor, id, limit))

    async def _time_passes(self) -> None:
        # The clock stays where it is; the deadlines come nearer.
        query = "update mentoring_assignments set deadline = $1 where ended_at is null and accepted_at is null"
        if self.random.random() < 0.3:
            await self.database.pool.execute(query, clock.now())
        await keep(self.database)

    async def _come(self) -> None:
        name = self._somebody("mia", "hal", "otto", "nate")
        home = self.random.choice(["bay", "hill"])
        async with self.database.transaction() as tx:
            role = await tx.connection.fetchval(
                "select id from roles where organization_id = $1 and name = 'Coordinator'", self.intake.chapters[home]
            )
            await people.join(
                tx,
                None,
                user_id=self.world.people[name],
                organization_id=self.intake.chapters[home],
                role_ids=[role],
            )

    async def _go(self) -> None:
        async with self.database.transaction() as tx:
            chapters = list(self.intake.chapters.values())
            rows = await tx.connection.fetch(
                "select id, organization_id from memberships where ended_at is null and organization_id = any($1)"
                " and not user_id = $2 order by id",
                chapters,
                self.world.people["cora"],
            )
            row = self.random.choice(rows)
            home = row["organization_id"]
            # Nobody in this world administers a chapter.
            administrator = Actor(None, frozenset({home}), permissions=frozenset({f"{home}:manage organization"}))
            await people.leave(tx, administrator, row["id"])
