"""Who does it, and to what."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select

from models.base import Base, Id
from models.clients import Client
from models.database import Statement, Transaction
from models.delegations import Delegation
from models.engagements import Engagement
from models.goals import Goal
from models.notes import Note
from models.notifications import Notification
from models.partners import CaseManager
from models.progressions import Progression
from models.referrals import Referral
from policies import clients as client_policy
from policies import delegations as delegation_policy
from policies import engagements as engagement_policy
from policies import goals as goal_policy
from policies import notes as note_policy
from policies import notifications as notification_policy
from policies import partners as partner_policy
from policies import progressions as progression_policy
from policies import referrals as referral_policy
from policies.actors import ONE, Actor, Who
from policies.actors import actor as read_actor
from tests.company import Company
from tests.mission import Mission
from tests.world import World

T = TypeVar("T")
Work = Callable[[Transaction, Actor], Awaitable[object]]


def seen_by(table: Any, visible: Callable[[Who], ColumnElement[bool]]) -> Statement:
    """What somebody sees of a table."""
    return Statement(select(table.id).where(visible(ONE)).order_by(table.id))


SEEN: dict[type[Base], Statement] = {
    CaseManager: seen_by(CaseManager, partner_policy.visible),
    Client: seen_by(Client, client_policy.visible),
    Delegation: seen_by(Delegation, delegation_policy.visible),
    Engagement: seen_by(Engagement, engagement_policy.visible),
    Goal: seen_by(Goal, goal_policy.visible),
    Note: seen_by(Note, note_policy.visible),
    Notification: seen_by(Notification, notification_policy.visible),
    Progression: seen_by(Progression, progression_policy.visible),
    Referral: seen_by(Referral, referral_policy.visible),
}


class Somebody:
    """Somebody of the world, picked at random; the same seed picks the same."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.mission = Mission(world)
        self.database = world.database
        self.random = random.Random(seed)
        self.company = Company()
        self.banned: set[Id] = set()
        self.done: list[str] = []
        """The deeds that were not refused."""

    @property
    def names(self) -> list[str]:
        """Everyone, always in the same order."""
        return sorted(self.world.people)

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
