"""The law of replay: whoever folds the feed into a snapshot has what they would get by asking again (XX1)."""

import asyncio

import pytest

from models.organizations import OrganizationKind
from subscriptions import streams
from tests.laws.crowd import CHANGES, CONSENT, SETTINGS, Crowd
from tests.laws.dashboard import Dashboard, snapshot
from tests.laws.process import Process
from tests.world import World
from workflows import organizations, people

RIGHTS = ("place", "place", "unplace", "assign", "unassign", "join", "delete", "restore", "move")


@pytest.mark.rule("XX1", "XX2", "FH5")
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_open_dashboard_shows_what_asking_again_would(
    world: World, process: Process, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(streams, "BUFFER", 8)
    crowd = await Crowd.gather(world, seed, 30)
    head = await process.head()
    dashboards = {name: Dashboard(process, id) for name, id in world.people.items()}
    for dashboard in dashboards.values():
        await dashboard.told(head)

    # Some read at once, some only when all is over, and find out then what they may still see.
    sleepers = crowd.random.sample(sorted(dashboards), len(dashboards) // 2)
    for name in sleepers:
        dashboards[name].awake.clear()

    async def write() -> None:
        for _ in range(20):
            await crowd.act(*CHANGES, *SETTINGS, *CONSENT, *RIGHTS)

    await asyncio.gather(*(write() for _ in range(4)))
    # Whatever chance did: somebody gains a right, and has to start again.
    async with world.database.transaction() as tx:
        new = await organizations.create(tx, name="New", kind=OrganizationKind.AGENCY)
        await people.join(tx, None, user_id=world.people["sam"], organization_id=new, role_ids=[])
    head = await process.head()
    for name in sleepers:
        dashboards[name].awake.set()
    for name, dashboard in dashboards.items():
        await dashboard.told(head)
        _, seen = await snapshot(process, world.people[name])
        assert dashboard.seen == seen, name
        await dashboard.stop()
    assert sum(dashboard.resyncs for dashboard in dashboards.values()) > 0
