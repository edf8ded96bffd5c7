"""The laws, held to the queue: sight, replay, resume, scope."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement
from models.events import Event
from models.mentoring import MentoringAssignment, MentoringMail, MentoringNote, MentoringRequest, MentoringSession
from models.mentors import Mentor
from policies import mentoring, mentors
from policies.actors import ONE, UUID, Actor
from subscriptions import streams
from tests.intake import Intake
from tests.laws.dashboard import Dashboard, snapshot
from tests.laws.process import Message, Process
from tests.laws.queue import COMINGS, QUEUE, QueueCrowd
from tests.laws.test_resume import told
from tests.laws.test_sight import Noun, each, ids, listing

SEEDS = (1, 2)
KINDS = {"kinds": ["REFERRAL", "CLIENT", "MENTORING_REQUEST"]}
DEEDS = 70
REQUESTS = ("mentoringRequests", "assignedMentoringRequests", "ownMentoringRequests")
NOUNS = {
    "MentoringRequest": Noun(
        MentoringRequest,
        mentoring.visible,
        REQUESTS,
        "mentoringRequest",
        "mentoringRequestAddNote",
        "MentoringRequestAddNoteInput",
        lambda id: {"id": id, "body": " "},
    ),
    "MentoringAssignment": Noun(MentoringAssignment, mentoring.assignment_visible, ()),
    "MentoringNote": Noun(MentoringNote, mentoring.note_visible, tuple(f"{path}.notes" for path in REQUESTS)),
    "MentoringMail": Noun(MentoringMail, mentoring.mail_visible, tuple(f"{path}.mails" for path in REQUESTS)),
    "MentoringSession": Noun(
        MentoringSession, mentoring.session_visible, tuple(f"{path}.sessions" for path in REQUESTS)
    ),
    "Mentor": Noun(
        Mentor,
        mentors.visible,
        (),
        mutation="mentorSetLimit",
        input_type="MentorSetLimitInput",
        input=lambda id: {"id": id, "weeklyLimit": 1, "expectedVersion": 1_000_000},
    ),
}


@pytest.mark.rule("XX3", "SC14", "SC16")
@pytest.mark.parametrize("seed", SEEDS)
async def test_every_way_to_ask_agrees_with_the_policy(intake: Intake, process: Process, seed: int) -> None:
    crowd = await QueueCrowd.around(intake, seed, DEEDS, *QUEUE, *COMINGS)
    rows = {typename: await noun.rows(crowd.database) for typename, noun in NOUNS.items()}
    assert all(rows[name] for name in ("MentoringRequest", "MentoringAssignment", "MentoringNote", "Mentor"))
    for name, actor in (await crowd.actors()).items():
        assert actor.id is not None
        for typename, noun in NOUNS.items():
            seen = await noun.seen_by(crowd.database, actor)
            if noun.lists:
                lists = [ids(await process.ask(actor.id, listing(path))) for path in noun.lists]
                assert set().union(*lists) == seen, f"{name}'s lists of {typename}"
            for field in filter(None, ("node", noun.root)):
                found = await each(process, actor.id, field, rows[typename])
                expected = [{"__typename": typename, "id": id} if id in seen else None for id in rows[typename]]
                assert found == expected, f"{name} asks for a {typename} by {field}"
            if noun.mutation is not None:
                await _mutation_agrees(process, actor.id, noun, rows[typename][:8], seen, name)


async def read(process: Process, user_id: Id, after: str, end: int) -> list[Message]:
    """All that a stream says of these kinds from this cursor to the end of the log."""
    async with process.follow(user_id, after=after, filter=KINDS) as listener:
        return await listener.told(end)


async def _mutation_agrees(process: Process, user_id: Id, noun: Noun, ids: list[Id], seen: set[Id], name: str) -> None:
    text = f"mutation ($input: {noun.input_type}!) {{ {noun.mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    for id in ids:
        payload = (await process.ask(user_id, text, input=noun.input(id)))[noun.mutation]
        codes = {error["code"] for error in payload["userErrors"]}
        assert ("NOT_FOUND" not in codes) == (id in seen), f"{name} changes {id}: {payload}"


_SEEN = Statement(select(MentoringRequest).where(mentoring.visible(ONE)))
_HISTORY = Statement(
    select(Event)
    .where(Event.record_id == bindparam("id", type_=UUID), mentoring.history_visible(ONE))
    .order_by(Event.position)
)


async def concerning(crowd: QueueCrowd, actor: Actor) -> list[Row]:
    """Of the history of each request that they see, what happened since they have seen it."""
    found: list[Row] = []
    for request in await crowd.database.rows(_SEEN, **actor.parameters()):
        history = await crowd.database.rows(_HISTORY, id=request["id"], **actor.parameters())
        if mentoring.is_coordinator(actor, request):
            gained: tuple[str, ...] = ("mentoring_request.transferred",)
        elif mentoring.is_mentor(actor, request):
            gained = ("mentoring_request.assigned", "mentoring_request.reassigned")
        else:
            gained = ()
        since = max((i for i, event in enumerate(history) if event["action"] in gained), default=0)
        found += history[since:]
    return sorted(found, key=lambda event: event["position"])


@pytest.mark.rule("XX1", "XX3", "SC14")
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_stream_tells_what_the_policy_shows_and_nothing_else(
    intake: Intake, process: Process, seed: int
) -> None:
    crowd = await QueueCrowd.around(intake, seed, DEEDS // 2)
    head = await process.head()
    for _ in range(DEEDS // 2):
        await crowd.act(*QUEUE)
    end = await process.head()
    for name, actor in (await crowd.actors()).items():
        assert actor.id is not None
        listened = await read(process, actor.id, process.cursor(actor.id, head), end)
        heard = [m["eventId"] for m in listened if m["__typename"] == "MentoringRequestChanged"]
        expected = [str(event["id"]) for event in await concerning(crowd, actor) if event["position"] > head]
        # Whoever had it before, and has it again, is told also of what happened when they had it first.
        assert [id for id in heard if id in set(expected)] == expected, name
        shown = {str(e["id"]) for e in await _all_shown(crowd, actor)}
        assert set(heard) <= shown, f"{name} heard what no history shows them"


async def _all_shown(crowd: QueueCrowd, actor: Actor) -> list[Row]:
    found: list[Row] = []
    for request in await crowd.database.rows(_SEEN, **actor.parameters()):
        found += await crowd.database.rows(_HISTORY, id=request["id"], **actor.parameters())
    return found


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("seed", SEEDS)
async def test_deciding_for_many_is_deciding_for_each(intake: Intake, process: Process, seed: int) -> None:
    crowd = await QueueCrowd.around(intake, seed, DEEDS, *QUEUE, *COMINGS)
    actors = await crowd.actors()
    for kind, typename in (("mentoring_request", "MentoringRequest"), ("mentor", "Mentor")):
        noun = NOUNS[typename]
        seen = {name: await noun.seen_by(crowd.database, actor) for name, actor in actors.items()}
        for id in await noun.rows(crowd.database):
            decide = process.app.feed.sights.decide
            decided = await asyncio.gather(*(decide(kind, id, crowd.world.people[name]) for name in crowd.names))
            for name, sight in zip(crowd.names, decided, strict=True):
                assert getattr(sight, "visible", None) == (id in seen[name]), f"{name} and a {typename}"


@pytest.mark.rule("XX1", "XX2", "SC16")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_open_dashboard_shows_what_asking_again_would(
    intake: Intake, process: Process, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(streams, "BUFFER", 8)
    crowd = await QueueCrowd.around(intake, seed, 20)
    head = await process.head()
    names = ("cora", "carl", "hank", "nate", "mia", "max", "hal", "clea", "otto")
    dashboards = {name: Dashboard(process, crowd.world.people[name]) for name in names}
    for dashboard in dashboards.values():
        await dashboard.told(head)
    sleepers = crowd.random.sample(sorted(dashboards), len(dashboards) // 2)
    for name in sleepers:
        dashboards[name].awake.clear()

    async def write() -> None:
        for _ in range(15):
            await crowd.act(*QUEUE, *QUEUE, *COMINGS)

    await asyncio.gather(*(write() for _ in range(3)))
    head = await process.head()
    for name in sleepers:
        dashboards[name].awake.set()
    for name, dashboard in dashboards.items():
        await dashboard.told(head)
        _, seen = await snapshot(process, crowd.world.people[name])
        assert dashboard.seen == seen, name
        await dashboard.stop()


@pytest.mark.rule("XX1", "XX2")
async def test_a_stream_cut_after_any_message_goes_on_with_the_next(intake: Intake, process: Process) -> None:
    crowd = await QueueCrowd.around(intake, 4, 10)
    head = await process.head()
    for _ in range(40):
        await crowd.act(*QUEUE)
    end = await process.head()
    for name in ("carl", "mia", "clea"):
        user_id = crowd.world.people[name]
        whole = await read(process, user_id, process.cursor(user_id, head), end)
        assert len(set(told(whole))) == len(whole)
        for cut, message in enumerate(whole):
            rest = await read(process, user_id, message["cursor"], end)
            assert told(rest) == told(whole[cut + 1 :]), f"{name}'s stream was cut after message {cut}"


ALONE = """subscription ($after: FeedCursor) {
  feed(after: $after, filter: { kinds: [MENTORING_REQUEST, MENTOR] }) { __typename
  ... on FeedCheckpoint { cursor } ... on AccessEnded { cursor }
  ... on MentorChanged { cursor mentor { id load paused access { setAvailability { allowed } } person { name } } }
  ... on MentoringRequestChanged { cursor eventId actor { name } request { id version
    mentor { name lastName } client { id referrals { nodes { id } } } isNewClient withheld { field }
    assignments { nodes { id person { name } } } notes { nodes { author { name } } } openedBy { nodes { id } }
    history { nodes { action actor { name } } }
    access { assign { allowed } answer { allowed } overrideLimit { allowed } addNote { allowed } } } } } }"""


@pytest.mark.rule("XX3")
async def test_what_is_rendered_once_for_many_is_what_each_would_be_shown_alone(
    intake: Intake, process: Process
) -> None:
    """All follow at once; then each follows alone, when nothing is shared, and is shown the same at the end."""
    crowd = await QueueCrowd.around(intake, 5, 30)
    head = await process.head()
    names = ("cora", "carl", "hank", "mia", "max", "hal", "clea")
    user_ids = {name: crowd.world.people[name] for name in names}
    for _ in range(20):
        await crowd.act(*QUEUE)
    end = await process.head()

    async def all_at_once() -> dict[str, list[Any]]:
        async with AsyncExitStack() as stack:
            listeners = {
                name: await stack.enter_async_context(process.follow(id, ALONE, after=process.cursor(id, head)))
                for name, id in user_ids.items()
            }
            return {name: await listener.told(end) for name, listener in listeners.items()}

    together = await all_at_once()
    for name, id in user_ids.items():
        async with process.follow(id, ALONE, after=process.cursor(id, head)) as listener:
            alone = await listener.told(end)
        strip = [{**message, "cursor": None} for message in together[name]]
        assert strip == [{**message, "cursor": None} for message in alone], name


@pytest.mark.rule("SC17", "SC18", "SC19", "XX1")
async def test_coordinators_see_at_once_who_pauses_and_what_they_carry(intake: Intake, process: Process) -> None:
    query = """subscription ($after: FeedCursor) { feed(after: $after, filter: { kinds: [MENTOR] }) { __typename
      ... on FeedCheckpoint { cursor } ... on MentorChanged { cursor action mentor { id paused load } } } }"""
    world, mia = intake.world, intake.mentors["mia"]
    head = await process.head()
    pause = """mutation ($id: ID!) { mentorPause(input: { id: $id }) { userErrors { message } } }"""
    await intake.assign(await intake.ask(), "mia")
    await process.ask(world.people["mia"], pause, id=mia)
    end = await process.head()
    for name, hears in (
        ("carl", True),
        ("hank", True),
        ("mia", True),
        ("max", False),
        ("clea", False),
        ("otto", False),
    ):
        user_id = world.people[name]
        async with process.follow(user_id, query, after=process.cursor(user_id, head)) as listener:
            told_of = await listener.told(end)
        assert [message["action"] for message in told_of] == ["mentor.load_changed", "mentor.paused"] * hears, name
        assert all(message["mentor"] == {"id": mia, "paused": True, "load": 1} for message in told_of)
