"""The law of race: of two who do the same at once, one wins, and the other is told how things stand (XX7)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from models.base import Id
from models.database import Transaction
from models.goals import GoalStatus
from models.progressions import ProgressionKind
from models.referrals import ReferralStatus
from policies.actors import Actor
from policies.actors import actor as read_actor
from tests.intake import Intake
from tests.laws.process import Process
from tests.mission import Mission
from tests.world import World
from workflows import clients, clock, delegations, goals, mentors, navigators, notes, organizations, people
from workflows.engagements.assign import assign
from workflows.engagements.automatic import assign_automatically
from workflows.engagements.start import end, start
from workflows.intake import Settings
from workflows.intake import update as update_intake
from workflows.mentoring import answer
from workflows.mentoring.assign import assign as assign_mentor
from workflows.mentoring.put_back import put_back
from workflows.mentoring.transfer import transfer
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Recommendation
from workflows.progressions.submit import submit
from workflows.progressions.withdraw import withdraw
from workflows.referrals.set_goal import set_goal
from workflows.referrals.set_status import set_status
from workflows.refusals import Refusal, RefusedError

Work = Callable[[Transaction, Actor], Awaitable[object]]
AT_ONCE = 4


@dataclass(frozen=True)
class Deed:
    """Something that can be done once: by whom, how, and as what it is recorded."""

    by: tuple[str, ...]
    work: Work
    action: str
    refusal: Refusal = Refusal.CONFLICT
    """What the others are told."""


async def perform(world: World, name: str, work: Work) -> object:
    """Do it in one transaction; answers the refusal where there is one."""
    try:
        async with world.database.transaction() as tx:
            actor = await read_actor(tx, world.people[name])
            return None if actor is None else await work(tx, actor)
    except RefusedError as refused:
        return refused


async def _status(world: World) -> Deed:
    id = await world.refer()
    return Deed(
        ("helen", "paul", "petra", "sam"),
        lambda tx, actor: set_status(tx, actor, id, ReferralStatus.PENDING, expected_version=1),
        "referral.status_set",
    )


async def _goal_of_referral(world: World) -> Deed:
    id, goal = await world.refer(), await _new_goal(world)
    return Deed(
        ("helen", "sam"), lambda tx, actor: set_goal(tx, actor, id, goal, expected_version=1), "referral.goal_changed"
    )


async def _client(world: World) -> Deed:
    return Deed(
        ("helen", "hugo"),
        # Two who change nothing are no race.
        lambda tx, actor: clients.update(tx, actor, world.nora, {"phone": str(actor.id)}, expected_version=1),
        "client.updated",
    )


async def _new_goal(world: World) -> Id:
    async with world.database.transaction() as tx:
        return await goals.add(tx, await world.actor("helen", tx), client_id=world.sam, title="Eat well")


async def _goal(world: World) -> Deed:
    id = await _new_goal(world)
    return Deed(
        ("helen", "hugo", "sam"),
        lambda tx, actor: goals.update(tx, actor, id, status=GoalStatus.REACHED, expected_version=1),
        "goal.updated",
    )


async def _note(world: World) -> Deed:
    referral_id = await world.refer()
    async with world.database.transaction() as tx:
        note = await notes.add(tx, await world.actor("paul", tx), referral_id=referral_id, body="Come on Monday.")
    return Deed(("paul",), lambda tx, actor: notes.delete(tx, actor, note["note_id"]), "note.deleted")


async def _placing(world: World) -> Deed:
    membership = world.memberships["karl"]
    return Deed(
        ("pam",),
        lambda tx, actor: people.place(tx, actor, membership_id=membership, program_id=world.pantry),
        "placement.started",
    )


async def _unplacing(world: World) -> Deed:
    placement = world.placements["paul.program"]
    work: Work = lambda tx, actor: people.unplace(tx, actor, placement)  # noqa: E731
    return Deed(("pam",), work, "placement.ended", Refusal.NOT_FOUND)


async def _joining(world: World) -> Deed:
    return Deed(
        ("ada",),
        lambda tx, actor: people.join(
            tx, actor, user_id=world.people["otto"], organization_id=world.agency, role_ids=[]
        ),
        "membership.started",
    )


async def _leaving(world: World) -> Deed:
    membership = world.memberships["paul"]
    work: Work = lambda tx, actor: people.leave(tx, actor, membership)  # noqa: E731
    return Deed(("pam",), work, "membership.ended", Refusal.NOT_FOUND)


async def _navigating(world: World) -> Deed:
    return Deed(
        ("ada", "helen"),
        lambda tx, actor: navigators.assign(tx, actor, client_id=world.nora, user_id=world.people["hugo"]),
        "navigator.assigned",
    )


async def _recording(world: World) -> Deed:
    return Deed(
        ("ada",),
        lambda tx, actor: organizations.record_views(tx, actor, world.agency, True, expected_version=1),
        "organization.view_recording_set",
    )


async def _approving(world: World) -> Deed:
    id = await (await Mission.build(world)).submit()
    work: Work = lambda tx, actor: approve(tx, actor, id, expected_version=1)  # noqa: E731
    return Deed(("lena",), work, "progression.approved")


async def _deciding(world: World) -> Deed:
    mission = await Mission.build(world)
    ends = clock.now() + timedelta(days=1)
    async with world.database.transaction() as tx:
        lena, dirk = await world.actor("lena", tx), world.people["dirk"]
        await delegations.name_delegate(tx, lena, organization_id=mission.organization, delegate_id=dirk, ends_at=ends)
    id = await mission.submit()
    work: Work = lambda tx, actor: deny(tx, actor, id, expected_version=1, comments="No.")  # noqa: E731
    return Deed(("lena", "dirk"), work, "progression.denied")


async def _submitting(world: World) -> Deed:
    engagement = (await Mission.build(world)).engagement
    asked = Recommendation(ProgressionKind.PHASE)
    work: Work = lambda tx, actor: submit(tx, actor, engagement, asked, reason="Ready.")  # noqa: E731
    return Deed(("mara",), work, "progression.submitted")


async def _withdrawing(world: World) -> Deed:
    id = await (await Mission.build(world)).submit()
    return Deed(("mara",), lambda tx, actor: withdraw(tx, actor, id), "progression.withdrawn")


async def _engaging(world: World) -> Deed:
    mission = await Mission.build(world)
    async with world.database.transaction() as tx:
        client = await mission.new_client("New", tx)
    given: dict[str, Any] = {"client_id": client, "program_id": mission.program, "campus_id": mission.downtown}
    return Deed(("lena",), lambda tx, actor: start(tx, actor, **given), "engagement.started")


async def _assigning(world: World) -> Deed:
    id = (await Mission.build(world)).engagement
    milo = world.people["milo"]
    work: Work = lambda tx, actor: assign(tx, actor, id, milo, expected_version=1)  # noqa: E731
    return Deed(("lena",), work, "engagement.case_manager_assigned")


async def _delegating(world: World) -> Deed:
    organization = (await Mission.build(world)).organization
    given: dict[str, Any] = {"delegate_id": world.people["dirk"], "ends_at": clock.now() + timedelta(days=1)}
    return Deed(
        ("lena",),
        lambda tx, actor: delegations.name_delegate(tx, actor, organization_id=organization, **given),
        "delegation.named",
    )


async def _assigning_mentor(world: World) -> Deed:
    intake = await Intake.build(world)
    id = await intake.ask()
    return Deed(
        ("cora", "carl"),
        lambda tx, actor: assign_mentor(tx, actor, id, intake.mentors["mia"], expected_version=1),
        "mentoring_request.assigned",
    )


async def _accepting(world: World) -> Deed:
    intake = await Intake.build(world)
    assignment = await intake.assign(await intake.ask())
    return Deed(("mia",), lambda tx, actor: answer.accept(tx, actor, assignment), "mentoring_request.accepted")


async def _declining(world: World) -> Deed:
    intake = await Intake.build(world)
    assignment = await intake.assign(await intake.ask())
    return Deed(("mia",), lambda tx, actor: answer.decline(tx, actor, assignment), "mentoring_request.declined")


async def _putting_back(world: World) -> Deed:
    intake = await Intake.build(world)
    id = await intake.ask()
    await intake.assign(id)
    return Deed(("cora", "carl"), lambda tx, actor: put_back(tx, actor, id), "mentoring_request.put_back")


async def _transferring(world: World) -> Deed:
    intake = await Intake.build(world)
    id = await intake.ask()
    return Deed(
        ("cora", "carl"),
        lambda tx, actor: transfer(tx, actor, id, chapter_id=intake.chapters["hill"], reason="Nearer."),
        "mentoring_request.transferred",
        # It is gone from the loser's sight.
        Refusal.NOT_FOUND,
    )


async def _pausing(world: World) -> Deed:
    intake = await Intake.build(world)
    mia = intake.mentors["mia"]
    return Deed(("mia",), lambda tx, actor: mentors.pause(tx, actor, mia, expected_version=1), "mentor.paused")


async def _tuning(world: World) -> Deed:
    intake = await Intake.build(world)
    settings = Settings(3, None, None)
    return Deed(
        ("cora", "carl"),
        lambda tx, actor: update_intake(tx, actor, intake.chapters["bay"], settings, expected_version=1),
        "chapter.intake_set",
    )


DEEDS = [
    _assigning_mentor, _accepting, _declining, _putting_back, _transferring, _pausing, _tuning,
    _status, _goal_of_referral, _client, _goal, _note, _placing, _unplacing, _joining, _leaving, _navigating,
    _recording, _approving, _deciding, _submitting, _withdrawing, _engaging, _assigning, _delegating,
]  # fmt: skip


@pytest.mark.rule("XX7", "FH10", "XX9")
@pytest.mark.parametrize("make", DEEDS, ids=[make.__name__.strip("_") for make in DEEDS])
async def test_of_many_at_once_one_wins(world: World, make: Callable[[World], Awaitable[Deed]]) -> None:
    deed = await make(world)
    count = "select count(*) from events where action = $1"
    before = await world.database.pool.fetchval(count, deed.action)
    names = (deed.by * AT_ONCE)[:AT_ONCE]
    outcomes = await asyncio.gather(*(perform(world, name, deed.work) for name in names))
    refusals = [outcome for outcome in outcomes if isinstance(outcome, RefusedError)]
    assert len(refusals) == AT_ONCE - 1
    assert {refusal.code for refusal in refusals} == {deed.refusal}
    assert await world.database.pool.fetchval(count, deed.action) == before + 1


SUBMIT = """
mutation ($input: ReferralSubmitInput!) {
  referralSubmit(input: $input) { referral { id } userErrors { code field } }
}
"""


@pytest.mark.rule("XX7")
async def test_a_request_repeated_at_once_with_its_key_acts_once(world: World, process: Process) -> None:
    given = {"clientId": world.sam, "programId": world.pantry, "consent": True, "idempotencyKey": "one"}
    helen = world.people["helen"]
    answers = await asyncio.gather(*(process.ask(helen, SUBMIT, input=given) for _ in range(AT_ONCE)))
    assert {answer["referralSubmit"]["referral"]["id"] for answer in answers} == set(
        await world.database.pool.fetchval("select array_agg(id) from referrals")
    )
    assert await world.database.pool.fetchval("select count(*) from events where action = 'referral.submitted'") == 1


@pytest.mark.rule("XX7", "XX9")
async def test_of_two_requests_with_one_key_the_second_is_told_that_it_is_another(
    world: World, process: Process
) -> None:
    given = {"clientId": world.sam, "programId": world.pantry, "consent": True, "idempotencyKey": "one"}
    helen = world.people["helen"]
    other = {**given, "programId": world.kitchen}
    answers = await asyncio.gather(*(process.ask(helen, SUBMIT, input=input) for input in (given, other)))
    [refused] = [answer["referralSubmit"] for answer in answers if answer["referralSubmit"]["userErrors"]]
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["input", "idempotencyKey"]}]
    assert await world.database.pool.fetchval("select count(*) from referrals") == 1


@pytest.mark.rule("XX7")
async def test_a_refused_request_leaves_its_key_to_the_next(world: World, process: Process) -> None:
    given = {"clientId": world.sam, "programId": world.pantry, "consent": False, "idempotencyKey": "one"}
    helen = world.people["helen"]
    answers = await asyncio.gather(*(process.ask(helen, SUBMIT, input=given) for _ in range(2)))
    assert {answer["referralSubmit"]["userErrors"][0]["code"] for answer in answers} == {"CONSENT_REQUIRED"}
    answer = await process.ask(helen, SUBMIT, input={**given, "consent": True})
    assert answer["referralSubmit"]["userErrors"] == []


@pytest.mark.rule("XX7", "XX9")
async def test_people_in_each_others_way_wait_for_each_other_and_nobody_fails(world: World) -> None:
    """Each pair takes the same locks from two ends; a refusal is an answer, a deadlock would be none."""
    one, two = await world.refer(), await world.refer()
    goal = await _new_goal(world)
    elsewhere = ReferralStatus.REFERRED_ELSEWHERE
    helen_and_sam: list[tuple[str, Work]] = [
        ("helen", lambda tx, actor: set_status(tx, actor, one, elsewhere, replaced_by_id=two)),
        ("sam", lambda tx, actor: set_status(tx, actor, two, elsewhere, replaced_by_id=one)),
        ("helen", lambda tx, actor: set_goal(tx, actor, one, goal)),
        ("hugo", lambda tx, actor: goals.update(tx, actor, goal, status=GoalStatus.OPEN)),
        ("hugo", lambda tx, actor: clients.withdraw_consent(tx, actor, world.sam)),
        ("helen", lambda tx, actor: clients.give_consent(tx, actor, world.sam)),
        ("helen", lambda tx, actor: notes.add(tx, actor, referral_id=one, body="Called.")),
        ("ada", lambda tx, actor: navigators.assign(tx, actor, client_id=world.sam, user_id=world.people["hugo"])),
        ("ada", lambda tx, actor: navigators.unassign(tx, actor, client_id=world.sam, user_id=world.people["hugo"])),
    ]
    for _ in range(8):
        await asyncio.gather(*(perform(world, name, work) for name, work in helen_and_sam))


@pytest.mark.rule("XX7", "XX9", "AM13")
async def test_everyone_about_one_client_waits_for_each_other_and_nobody_fails(world: World) -> None:
    mission = await Mission.build(world)
    pool = world.database.pool
    engagement, cleo, ids = mission.engagement, mission.cleo, world.people
    ends = clock.now() + timedelta(days=1)
    for _ in range(4):
        phase, persona = await mission.submit(), None
        if await pool.fetchval("select persona_id is null from engagements where id = $1", engagement):
            persona = await mission.submit(kind="persona", persona_id=mission.personas[0])

        async def delegate(tx: Transaction, actor: Actor) -> None:
            organization = mission.organization
            id = await delegations.name_delegate(
                tx, actor, organization_id=organization, delegate_id=ids["dirk"], ends_at=ends
            )
            await delegations.end(tx, actor, id)

        deeds: list[tuple[str, Work]] = [
            ("lena", lambda tx, actor, id=phase: deny(tx, actor, id, expected_version=1, comments="No.")),  # type: ignore[misc]
            ("lena", lambda tx, actor, id=persona or phase: approve(tx, actor, id, expected_version=1)),  # type: ignore[misc]
            ("mara", lambda tx, actor, id=phase: withdraw(tx, actor, id)),  # type: ignore[misc]
            ("lena", lambda tx, actor, id=engagement: assign(tx, actor, id, ids["milo"])),  # type: ignore[misc]
            ("lena", lambda tx, actor, id=engagement: assign(tx, actor, id, ids["mara"])),  # type: ignore[misc]
            ("lena", lambda tx, actor, id=engagement: assign_automatically(tx, id)),  # type: ignore[misc]
            ("lena", delegate),
            ("lena", lambda tx, actor: navigators.assign(tx, actor, client_id=cleo, user_id=ids["lena"])),
            ("lena", lambda tx, actor: navigators.unassign(tx, actor, client_id=cleo, user_id=ids["lena"])),
            ("lena", lambda tx, actor: clients.update(tx, actor, cleo, {"phone": "1"})),
        ]
        await asyncio.gather(*(perform(world, name, work) for name, work in deeds))
        await pool.execute("update engagements set case_manager_id = $1 where status = 'active'", ids["mara"])
        engagement = await mission.active()
        mission.engagement = engagement
        for row in await pool.fetch("select id, version from progressions where status = 'pending'"):
            await perform(world, "mara", lambda tx, actor, id=row["id"]: withdraw(tx, actor, id))  # type: ignore[misc]
    async with world.database.transaction() as tx:
        await end(tx, await world.actor("lena", tx), engagement)


@pytest.mark.rule("XX7", "SC9", "SC20")
async def test_coordinators_in_each_others_way_wait_for_each_other_and_nobody_fails(world: World) -> None:
    """They swap mentors between two requests, while the mentors answer."""
    intake = await Intake.build(world)
    one, two = await intake.ask(), await intake.ask()
    mia, max_ = intake.mentors["mia"], intake.mentors["max"]
    for _ in range(6):
        held = [await intake.assignment(id) for id in (one, two)]
        deeds: list[tuple[str, Work]] = [
            ("cora", lambda tx, actor: assign_mentor(tx, actor, one, mia)),
            ("carl", lambda tx, actor: assign_mentor(tx, actor, two, max_)),
            ("cora", lambda tx, actor: assign_mentor(tx, actor, two, mia)),
            ("carl", lambda tx, actor: assign_mentor(tx, actor, one, max_)),
            ("mia", lambda tx, actor: mentors.set_limit(tx, actor, mia, 50)),
            *(
                (name, lambda tx, actor, id=id: answer.decline(tx, actor, id))
                for id in held
                if id
                for name in ("mia", "max")
            ),
        ]
        outcomes = await asyncio.gather(*(perform(world, name, work) for name, work in deeds))
        assert all(outcome is None or isinstance(outcome, RefusedError | str | dict) for outcome in outcomes)


@pytest.mark.rule("XX7", "SC20")
async def test_of_many_at_once_no_more_are_assigned_than_the_mentor_takes(world: World) -> None:
    intake = await Intake.build(world)
    mia = intake.mentors["mia"]
    assert not isinstance(
        await perform(world, "mia", lambda tx, actor: mentors.set_limit(tx, actor, mia, 2)), Exception
    )
    ids = [await intake.ask() for _ in range(6)]
    outcomes = await asyncio.gather(
        *(perform(world, "carl", lambda tx, actor, id=id: assign_mentor(tx, actor, id, mia)) for id in ids)  # type: ignore[misc]
    )
    assert sum(not isinstance(outcome, RefusedError) for outcome in outcomes) == 2


@pytest.mark.rule("XX7", "XX9")
async def test_administrators_in_each_others_way_wait_for_each_other_and_nobody_fails(world: World) -> None:
    agency = world.agency
    async with world.database.transaction() as tx:
        [role] = await tx.connection.fetch(
            "select id from roles where organization_id = $1 and name = 'Administrator'", agency
        )
        await people.join(tx, None, user_id=world.people["pam"], organization_id=agency, role_ids=[role["id"]])

    for _ in range(8):
        async with world.database.transaction() as tx:
            membership = await people.join(tx, None, user_id=world.people["otto"], organization_id=agency, role_ids=[])
            placement = await people.place(tx, None, membership_id=membership, group_id=world.outreach)

        async def leave(tx: Transaction, actor: Actor, id: Id = membership) -> None:
            await people.leave(tx, actor, id)

        async def unplace(tx: Transaction, actor: Actor, id: Id = placement) -> None:
            await people.unplace(tx, actor, id)

        deeds: list[tuple[str, Work]] = [
            ("ada", leave),
            ("pam", unplace),
            ("ada", lambda tx, actor: people.ban(tx, actor, world.people["pam"])),
            ("pam", lambda tx, actor: people.ban(tx, actor, world.people["ada"])),
        ]
        await asyncio.gather(*(perform(world, name, work) for name, work in deeds))
        async with world.database.transaction() as tx:
            for name in ("ada", "pam"):
                await people.unban(tx, None, world.people[name])
            if await _is_current(tx, membership):
                await people.leave(tx, await world.actor("ada", tx), membership)


async def _is_current(tx: Transaction, membership_id: Id) -> bool:
    current: bool = await tx.connection.fetchval(
        "select ended_at is null from memberships where id = $1", membership_id
    )
    return current
