"""About clients' progress through the mission's program."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from models.base import Id
from models.database import Statement, Transaction
from models.delegations import Delegation
from models.engagements import Engagement
from models.progressions import Progression, ProgressionKind
from policies.actors import Actor
from policies.actors import actor as read_actor
from tests.laws.deeds.somebody import Somebody
from workflows import clock, delegations
from workflows.engagements.assign import assign, remove
from workflows.engagements.automatic import assign_automatically
from workflows.engagements.outcomes import record_outcome
from workflows.engagements.start import end, start
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Recommendation
from workflows.progressions.submit import submit as submit_progression
from workflows.progressions.withdraw import withdraw

_ACTIVE = Statement(
    select(Engagement.id, Engagement.case_manager_id).where(Engagement.status == "active").order_by(Engagement.id)
)
_PENDING = Statement(
    select(Progression.id, Progression.version).where(Progression.status == "pending").order_by(Progression.id)
)

PROGRESS = (
    "engage", "submit", "submit", "decide", "decide", "decide", "withdraw_submission", "assign_case_manager",
    "remove_case_manager", "assign_by_itself", "measure", "delegate", "end_delegation", "end_engagement",
)  # fmt: skip
"""How often each is done."""


class Progress(Somebody):
    """What is done to engagements, submissions and delegations."""

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
