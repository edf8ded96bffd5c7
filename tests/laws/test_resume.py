"""The law of resume: cut anywhere and gone on with from the cursor, nothing is lost and nothing is told twice."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from models.base import Id
from subscriptions import streams
from tests.laws.crowd import CHANGES, CONSENT, SETTINGS, Crowd
from tests.laws.process import Message, Process, running
from tests.world import World
from workflows import people

NAMES = ("helen", "hugo", "paul", "petra", "sam", "ruth")


def told(messages: list[Message]) -> list[str]:
    """What the messages tell, however the records look by now: events, and records of which access ended."""
    return [m["eventId"] if "eventId" in m else f"end of {m['id']}" for m in messages]


async def read(process: Process, user_id: Id, after: str, end: int) -> list[Message]:
    """All that a stream says from this cursor to the end of the log."""
    async with process.follow(user_id, after=after) as listener:
        return await listener.told(end)


async def unplace(world: World, name: str, place: str) -> None:
    async with world.database.transaction() as tx:
        await people.unplace(tx, await world.actor("pam", tx), world.placements[f"{name}.{place}"])


@pytest.mark.rule("XX1", "XX2")
async def test_a_stream_cut_after_any_message_goes_on_with_the_next(world: World, process: Process) -> None:
    """Also in the middle of the list of records that a claimer loses with their place."""
    crowd = await Crowd.gather(world, 3)
    head = await process.head()
    for _ in range(5):
        await world.refer("helen")
        await world.refer("helen", client_id=world.nora)
    for _ in range(20):
        await crowd.act(*CHANGES, *CONSENT)
    # Numbered by itself: of what came into sight together with it, nobody could tell whether Paul saw it.
    await process.head()
    await unplace(world, "paul", "program")
    await process.head()
    for _ in range(10):
        await crowd.act(*CHANGES, *CONSENT)
    end = await process.head()
    for name in ("paul", "petra"):
        user_id = world.people[name]
        whole = await read(process, user_id, process.cursor(user_id, head), end)
        assert len(set(told(whole))) == len(whole)
        for cut, message in enumerate(whole):
            rest = await read(process, user_id, message["cursor"], end)
            assert told(rest) == told(whole[cut + 1 :]), f"{name}'s stream was cut after message {cut}"
        ended = [m for m in whole if m["__typename"] == "AccessEnded"]
        assert len(ended) > 5 if name == "paul" else True


LASTING = tuple(kind for kind in CHANGES if kind not in ("aim", "mend_goal"))
"""What reads alike whenever it is read: of goals only those are told who see more than the name when they are told."""


@pytest.mark.rule("XX1")
@pytest.mark.parametrize("seed", [1, 2])
async def test_streams_cut_at_random_under_load_tell_everything_once_and_in_order(
    world: World, process: Process, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Each time the buffer is too small, too, so that streams fall behind and catch up."""
    monkeypatch.setattr(streams, "BUFFER", 3)
    crowd = await Crowd.gather(world, seed, 20, *LASTING)
    head = await process.head()
    ended = asyncio.Event()
    heard: dict[str, list[Message]] = {name: [] for name in NAMES}
    cuts = dict.fromkeys(NAMES, 0)

    async def follow(name: str) -> None:
        """Read a few messages, lose the socket, go on."""
        user_id = world.people[name]
        cursor = process.cursor(user_id, head)
        while True:
            is_last = ended.is_set()
            patience = crowd.random.randint(0, 5)
            async with process.follow(user_id, after=cursor) as listener:
                if is_last:
                    await listener.told(await process.head())
                while len(listener.changes) <= patience and not ended.is_set():
                    await listener.news()
                heard[name] += listener.changes
            if is_last:
                return
            cuts[name] += 1
            cursor = listener.messages[-1]["cursor"] if listener.messages else cursor

    followers = [asyncio.create_task(follow(name)) for name in NAMES]

    async def write() -> None:
        while sum(cuts.values()) < 30:
            await crowd.act(*LASTING, *SETTINGS)

    await asyncio.gather(*(write() for _ in range(3)))
    ended.set()
    await asyncio.gather(*followers)

    at = {str(event["id"]): event["position"] for event in await process.events()}
    end = await process.head()
    for name in NAMES:
        # Nobody gained or lost anything, so one who reads it all at once is told the same.
        whole = await read(process, world.people[name], process.cursor(world.people[name], head), end)
        assert told(heard[name]) == told(whole), name
        assert [at[id] for id in told(whole)] == sorted(at[id] for id in told(whole))


@pytest.mark.rule("XX1")
async def test_a_reader_who_falls_behind_the_buffer_misses_nothing(
    world: World, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BUFFER", 4)
    monkeypatch.setattr(streams, "PAGE", 7)
    async with AsyncExitStack() as stack:
        head = await process.head()
        listener = await stack.enter_async_context(process.follow(world.people["paul"]))
        await listener.told(head)
        listener.reading.clear()
        made = [await world.refer("helen") for _ in range(15)]
        await process.head()
        [stream] = process.app.feed.streams()
        assert len(stream._buffer) <= 4
        listener.reading.set()
        assert [m["referral"]["id"] for m in await listener.until(15)] == made
        made += [await world.refer("helen") for _ in range(3)]
        assert [m["referral"]["id"] for m in await listener.until(18)] == made


@pytest.mark.rule("XX1")
async def test_a_stream_goes_on_in_another_process(world: World, dsn: str, folder: Path) -> None:
    made: list[Id] = []
    heard: list[Id] = []
    cursor: str | None = None
    for _ in range(3):
        async with running(dsn, folder) as process:
            if cursor is None:
                cursor = process.cursor(world.people["paul"], await process.head())
            async with process.follow(world.people["paul"], after=cursor) as listener:
                made += [await world.refer("helen") for _ in range(2)]
                told = await listener.until(len(made) - len(heard))
                cursor = told[-1]["cursor"]
                heard += [message["referral"]["id"] for message in told]
        # While no process runs, nobody numbers what happens.
        made.append(await world.refer("helen"))
    async with running(dsn, folder) as process, process.follow(world.people["paul"], after=cursor) as listener:
        heard += [message["referral"]["id"] for message in await listener.until(1)]
    assert heard == made
