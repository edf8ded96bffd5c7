"""Losing and gaining sight, raced against delivery: one last message, and nothing after it (XX2)."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from models.base import Id
from models.clients import Client
from models.referrals import Referral, ReferralStatus
from subscriptions.streams import ShutOutError
from tests.laws.deeds.somebody import SEEN
from tests.laws.process import Listener, Message, Process
from tests.world import World
from workflows import clients, deletion, notes, people, sessions
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit

TURNS = 10


@dataclass
class Claimer:
    """Paul, who works on the Pantry: what he sees, how he loses it, and how he gets it back."""

    world: World
    random: random.Random
    session_id: Id = ""
    referrals: list[Id] = field(default_factory=list)

    @property
    def id(self) -> Id:
        return self.world.people["paul"]

    async def by(self, name: str, work: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        async with self.world.database.transaction() as tx:
            return await work(tx, await self.world.actor(name, tx), *arguments, **named)

    async def by_the_system(self, work: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        async with self.world.database.transaction() as tx:
            return await work(tx, *arguments, **named)

    async def sees(self) -> set[Id]:
        """The referrals and clients that he may see now."""
        actor = await self.world.actor("paul")
        rows = [await self.world.database.rows(SEEN[table], **actor.parameters()) for table in (Referral, Client)]
        return {row["id"] for found in rows for row in found}

    async def change(self) -> None:
        """Something that he is told of while he may see it."""
        id = self.random.choice(self.referrals)
        match self.random.randrange(4):
            case 0:
                self.referrals.append(await self.world.refer("helen"))
            case 1:
                await self.by("helen", notes.add, referral_id=id, body="Called.")
            case 2:
                name = f"Sam {self.random.random()}"
                await self.by("helen", clients.update, self.world.sam, {"first_name": name})
            case _:
                await self.by("sam", set_status, id, ReferralStatus.ELIGIBLE)

    async def sign_in(self) -> None:
        self.session_id = (await self.by_the_system(sessions.open_session, self.id)).session_id

    async def lose(self, how: str) -> None:
        placements, memberships = self.world.placements, self.world.memberships
        match how:
            case "place":
                await self.by("pam", people.unplace, placements["paul.program"])
            case "membership":
                await self.by("pam", people.leave, memberships["paul"])
            case "consent":
                await self.by("helen", clients.withdraw_consent, self.world.sam)
            case "account":
                await self.by_the_system(people.ban, None, self.id)
            case "session":
                await self.by_the_system(sessions.close_session, self.session_id)

    async def regain(self, how: str) -> None:
        world = self.world
        if how == "membership":
            [role] = await world.database.pool.fetch(
                "select id from roles where organization_id = $1 and name = 'Worker'", world.food_bank
            )
            world.memberships["paul"] = await self.by_the_system(
                people.join, None, user_id=self.id, organization_id=world.food_bank, role_ids=[role["id"]]
            )
        match how:
            case "place" | "membership":
                world.placements["paul.program"] = await self.by_the_system(
                    people.place, None, membership_id=world.memberships["paul"], program_id=world.pantry
                )
            case "consent":
                await self.by("helen", clients.give_consent, world.sam)
            case "account":
                await self.by_the_system(people.unban, None, self.id)
                await self.sign_in()
            case "session":
                await self.sign_in()


@pytest.fixture
async def paul(world: World) -> Claimer:
    """Paul, signed in, with referrals of two clients and a client's record of his own organization."""
    claimer = Claimer(world, random.Random(7))
    await claimer.sign_in()
    claimer.referrals = [await world.refer("helen"), await world.refer("helen")]
    await world.refer("helen", client_id=world.nora)
    await claimer.by("pam", clients.create, organization_id=world.food_bank, first_name="Fred", last_name="Frost")
    return claimer


LOSSES = {
    "place": "placement.ended",
    "membership": "membership.ended",
    "consent": "client.consent_withdrawn",
    "account": "user.banned",
    "session": "session.ended",
}


async def race(process: Process, paul: Claimer, how: str, listener: Listener) -> int:
    """Changes and the loss, all at once; answers the position of the loss."""

    async def soon(work: Awaitable[None]) -> None:
        await asyncio.sleep(paul.random.uniform(0, 0.01))
        await work

    head = await process.head()
    if paul.random.random() < 0.3:
        # He reads on when it is all over.
        listener.reading.clear()
    changes = [paul.change() for _ in range(paul.random.randint(1, 5))]
    await asyncio.gather(*(soon(change) for change in changes), soon(paul.lose(how)))
    await process.head()
    listener.reading.set()
    [loss] = [e for e in await process.events() if e["position"] > head and e["action"] == LOSSES[how]]
    position: int = loss["position"]
    return position


def about(message: Message) -> Id:
    """The record that a message is about."""
    return str((message.get("referral") or message.get("client") or message)["id"])


@pytest.mark.rule("XX2", "XX3")
@pytest.mark.parametrize("how", ["place", "membership", "consent"])
async def test_whoever_loses_sight_is_told_once_of_each_record_and_then_nothing(
    process: Process, paul: Claimer, how: str
) -> None:
    for _ in range(TURNS):
        await process.head()
        seen = await paul.sees()
        async with process.follow(paul.id, session_id=paul.session_id) as listener:
            await listener.told(await process.head())
            await race(process, paul, how, listener)
            told = await listener.told(await process.head())
            left = await paul.sees()
            ended = [about(message) for message in told if message["__typename"] == "AccessEnded"]
            assert len(set(ended)) == len(ended)
            assert not left & set(ended)
            assert {*seen, *(about(message) for message in told)} - left == set(ended)
            for index, message in enumerate(told):
                if message["__typename"] == "AccessEnded":
                    assert about(message) not in [about(later) for later in told[index + 1 :]]

            await paul.regain(how)
            again = (await listener.told(await process.head()))[len(told) :]
            if how == "consent":
                # A referral made since the consent ended shows the client all along.
                assert {*ended} <= {about(message) for message in again} <= {*ended, paul.world.sam}
            else:
                assert again == [{"__typename": "ResyncRequired", "reason": "ACCESS_GAINED"}]
        assert await paul.sees() >= seen


@pytest.mark.rule("XX2")
@pytest.mark.parametrize("how", ["account", "session"])
async def test_whoever_is_shut_out_is_told_nothing_of_what_comes_after(
    process: Process, paul: Claimer, how: str
) -> None:
    for _ in range(TURNS):
        await process.head()
        async with process.follow(paul.id, session_id=paul.session_id) as listener:
            await listener.told(await process.head())
            position = await race(process, paul, how, listener)
            told = await listener.told(await process.head())
            assert not listener.is_open
            assert isinstance(listener.end, ShutOutError)
            assert all(listener.place(message).position < position for message in told)
            assert "AccessEnded" not in [message["__typename"] for message in told]
        async with process.follow(paul.id, session_id=paul.session_id) as listener:
            while listener.is_open:
                await listener.news()
            assert isinstance(listener.end, ShutOutError)
        await paul.regain(how)


@pytest.mark.rule("XX2")
@pytest.mark.parametrize(
    "losses",
    [
        ("place", "consent"),
        ("consent", "place"),
        ("membership", "consent"),
        ("place", "consent", "agree"),
    ],
    ids=" then ".join,
)
async def test_whoever_loses_sight_in_two_ways_before_they_are_told_is_told_once(
    process: Process, paul: Claimer, losses: tuple[str, ...]
) -> None:
    await process.head()
    seen = await paul.sees()
    async with process.follow(paul.id) as listener:
        await listener.told(await process.head())
        listener.reading.clear()
        # What he is told first, he has taken already.
        await paul.change()
        await process.head()
        for how in losses:
            await (paul.regain("consent") if how == "agree" else paul.lose(how))
        head = await process.head()
        listener.reading.set()
        told = await listener.told(head)
    left = await paul.sees()
    ended = [about(message) for message in told if message["__typename"] == "AccessEnded"]
    assert sorted(ended) == sorted({*seen, *(about(message) for message in told)} - left)


@pytest.mark.rule("XX2")
async def test_a_list_of_what_is_lost_that_is_cut_is_gone_on_with_although_more_was_lost_since(
    process: Process, paul: Claimer
) -> None:
    await process.head()
    seen = await paul.sees()
    cursor = process.cursor(paul.id, await process.head())
    await paul.lose("membership")
    head = await process.head()
    async with process.follow(paul.id, after=cursor) as listener:
        first = (await listener.told(head))[0]
    await paul.lose("consent")
    async with process.follow(paul.id, after=first["cursor"]) as listener:
        rest = await listener.told(await process.head())
    assert sorted(about(message) for message in [first, *rest]) == sorted(seen)


@pytest.mark.rule("XX2")
async def test_a_refresh_token_that_is_used_twice_ends_the_open_streams_of_its_session(
    world: World, process: Process, paul: Claimer
) -> None:
    async with world.database.transaction() as tx:
        signed_in = await sessions.open_session(tx, paul.id)
    async with process.follow(paul.id, session_id=signed_in.session_id) as listener:
        await listener.told(await process.head())
        async with world.database.transaction() as tx:
            assert await sessions.renew(tx, signed_in.refresh_token)
        async with world.database.transaction() as tx:
            assert await sessions.renew(tx, signed_in.refresh_token) is None
        await process.head()
        while listener.is_open:
            await listener.news()
        assert isinstance(listener.end, ShutOutError)


@asynccontextmanager
async def nothing_is_numbered(dsn: str) -> AsyncIterator[None]:
    """Hold what numbering takes turns by."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock(x'7468726F75676821'::bigint)")
        yield
    finally:
        await connection.close()


@pytest.mark.rule("XX2")
async def test_what_was_made_and_seen_while_rights_were_going_is_ended_with_them(
    world: World, process: Process, paul: Claimer, dsn: str
) -> None:
    """The loss is recorded first and committed last; between, something is made that the former rights show."""
    head = await process.head()
    async with nothing_is_numbered(dsn):
        async with world.database.transaction() as losing:
            await people.unplace(losing, await world.actor("pam", losing), world.placements["paul.program"])
            referral = await world.refer("helen")
            snapshot = await process.ask(paul.id, "{ viewer { feedHead inboundReferrals { nodes { id } } } }")
        assert referral in {row["id"] for row in snapshot["viewer"]["inboundReferrals"]["nodes"]}
    end = await process.head()
    async with process.follow(paul.id, after=snapshot["viewer"]["feedHead"]) as stream:
        told = await stream.told(end)
    assert end > head
    assert {message["__typename"] for message in told} == {"AccessEnded"}
    assert {about(message) for message in told} >= {referral, *paul.referrals}


@pytest.mark.rule("XX2", "EL9")
async def test_only_who_saw_a_client_is_told_that_the_record_is_deleted(
    world: World, process: Process, paul: Claimer
) -> None:
    """The Pantry lost sight of Sam with the consent; Hugo made a referral of Nora, and has left since."""
    await paul.by("helen", clients.withdraw_consent, world.sam)
    await paul.by("hugo", submit, client_id=world.nora, program_id=world.kitchen, consent=True)
    await paul.by("ada", people.leave, world.memberships["hugo"])
    head = await process.head()
    after = {name: process.cursor(world.people[name], head) for name in ("paul", "karl", "hugo", "helen")}
    for client in (world.sam, world.nora):
        await paul.by("ada", deletion.delete, client)
    end = await process.head()
    ended = {}
    for name, cursor in after.items():
        async with process.follow(world.people[name], after=cursor) as stream:
            told = await stream.told(end)
        ended[name] = {about(message) for message in told if message["__typename"] == "AccessEnded"}
    assert ended == {"paul": {world.nora}, "karl": {world.nora}, "hugo": set(), "helen": {world.sam, world.nora}}


async def _heard(process: Process, user_id: Id, after: str) -> list[tuple[str, Id | None]]:
    """What the person is told from there to the end of the log; of ends, of what."""
    end = await process.head()
    async with process.follow(user_id, after=after) as stream:
        return [(message["__typename"], message.get("id")) for message in await stream.told(end)]


@pytest.mark.rule("XX2", "EL9")
async def test_a_deletion_that_looked_up_who_sees_the_record_before_a_loss_ends_it_once(
    world: World, process: Process, paul: Claimer, dsn: str
) -> None:
    """Hugo's membership ends while the record is being deleted: it is recorded first, and committed in between."""
    await paul.by("hugo", submit, client_id=world.nora, program_id=world.kitchen, consent=True)
    after = process.cursor(world.people["hugo"], await process.head())
    async with nothing_is_numbered(dsn), world.database.transaction() as leaving:
        await people.leave(leaving, await world.actor("ada", leaving), world.memberships["hugo"])
        await paul.by("ada", deletion.delete, world.nora)
    told = await _heard(process, world.people["hugo"], after)
    assert told.count(("AccessEnded", world.nora)) == 1


@pytest.mark.rule("XX2", "EL9")
@pytest.mark.parametrize("order", ["after", "before"])
async def test_what_came_back_while_rights_were_going_is_not_ended_twice(
    world: World, process: Process, paul: Claimer, dsn: str, order: str
) -> None:
    """The record was deleted, which is told; it comes back with the loss: nobody can tell whether Paul saw it then."""
    after = process.cursor(paul.id, await process.head())
    await paul.by("ada", deletion.delete, world.nora)
    await process.head()
    losing, coming = (
        (people.unplace, "pam", world.placements["paul.program"]),
        (deletion.restore, "ada", world.nora),
    )
    first, second = (losing, coming) if order == "after" else (coming, losing)
    async with nothing_is_numbered(dsn), world.database.transaction() as transaction:
        work, name, subject = first
        await work(transaction, await world.actor(name, transaction), subject)
        work, name, subject = second
        await paul.by(name, work, subject)
    told = await _heard(process, paul.id, after)
    assert told.count(("AccessEnded", world.nora)) == 1
    assert told[-1] == ("ResyncRequired", None)
