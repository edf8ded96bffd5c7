"""Reports: as aggregates and as CSV, over what the viewer may see (EL10)."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.referrals import ReferralStatus
from server.app import create
from server.settings import Settings
from tests.graph import Graph
from tests.journeys.server import SECRET
from tests.world import World
from workflows import clock, navigators
from workflows.referrals.set_status import set_status
from workflows.sessions import open_session

REPORTS = """query ($since: Date, $until: Date) { viewer { reports(since: $since, until: $until) {
  caseload { navigator { name } status type { name } clients } referrals { month program { name } category referrals }
  outcomes { program { name } status category referrals } } } }"""


@pytest.fixture
async def download(world: World, dsn: str, folder: Path) -> AsyncIterator[Any]:
    """Downloads a report: its status, and its lines."""
    starlette = create(Settings(data_dir=folder, secret_key=SECRET), dsn)
    app = starlette.state.app
    transport = httpx.ASGITransport(starlette)
    async with app.database, httpx.AsyncClient(transport=transport, base_url="http://test") as http:

        async def get(who: str | None, path: str) -> tuple[int, list[list[str]]]:
            headers = {}
            if who is not None:
                async with app.database.transaction() as tx:
                    signed_in = await open_session(tx, world.people[who])
                headers["authorization"] = f"Bearer {app.tokens.issue(signed_in)[0]}"
            answer = await http.get(path, headers=headers)
            return answer.status_code, list(csv.reader(io.StringIO(answer.text)))

        yield get


async def busy(world: World) -> None:
    """Two of Sam's referrals are closed, one is not; Nora has a navigator, and a logged referral."""
    for program, status in (
        (world.pantry, ReferralStatus.GOT_HELP), (world.kitchen, ReferralStatus.NO_CAPACITY), (world.pantry, None),
    ):  # fmt: skip
        id = await world.refer(program_id=program)
        if status is not None:
            async with world.database.transaction() as tx:
                await set_status(tx, await world.actor("helen", tx), id, status)
    clock.move(timedelta(days=40))
    await world.refer(client_id=world.nora, live=False, consent=False)
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        for name in ("hugo", "helen"):
            await navigators.assign(tx, helen, client_id=world.nora, user_id=world.people[name])


async def seen(graph: Graph, who: str, **period: str) -> Any:
    return (await graph.ask(who, REPORTS, **period))["viewer"]["reports"]


@pytest.mark.rule("XX3")
async def test_reports_count_what_the_viewer_may_see(graph: Graph, world: World) -> None:
    await busy(world)
    found = await seen(graph, "helen")
    assert found["caseload"] == [
        {"navigator": {"name": "Helen Hart"}, "status": "ACTIVE", "type": None, "clients": 1},
        {"navigator": {"name": "Hugo Hill"}, "status": "ACTIVE", "type": None, "clients": 1},
        {"navigator": None, "status": "ACTIVE", "type": None, "clients": 1},
    ]
    counted = [(row["program"]["name"], row["category"], row["referrals"]) for row in found["referrals"]]
    first = [("Pantry", "HELPED", 1), ("Pantry", "NOT_UPDATED", 1), ("Soup Kitchen", "NOT_HELPED", 1)]
    assert counted == [*first, ("Pantry", "NOT_UPDATED", 1)]
    assert len({row["month"] for row in found["referrals"]}) == 2
    assert [(row["status"], row["category"], row["referrals"]) for row in found["outcomes"]] == [
        ("GOT_HELP", "HELPED", 1), ("NO_CAPACITY", "NOT_HELPED", 1),
    ]  # fmt: skip
    assert [row["program"]["name"] for row in (await seen(graph, "karl"))["referrals"]] == ["Soup Kitchen"]
    assert await seen(graph, "otto") == {"caseload": [], "referrals": [], "outcomes": []}


async def test_a_period_narrows_referrals(graph: Graph, world: World) -> None:
    today = clock.now().date()
    await busy(world)
    for period, count in (
        ({"since": today.isoformat()}, 4),
        ({"until": today.isoformat()}, 3),
        ({"since": (today + timedelta(days=1)).isoformat()}, 1),
        ({"since": (today + timedelta(days=99)).isoformat()}, 0),
    ):
        rows = (await seen(graph, "helen", **period))["referrals"]
        assert sum(row["referrals"] for row in rows) == count


@pytest.mark.rule("XX3")
async def test_reports_are_downloaded_as_csv(download: Any, graph: Graph, world: World) -> None:
    await busy(world)
    code, lines = await download("helen", "/reports/caseload.csv")
    assert (code, lines[0]) == (200, ["navigator", "status", "type", "clients"])
    assert lines[1:] == [[name, "active", "", "1"] for name in ("Helen Hart", "Hugo Hill", "")]
    code, lines = await download("karl", "/reports/outcomes.csv")
    assert lines == [["program", "status", "category", "referrals"], ["Soup Kitchen", "no_capacity", "not_helped", "1"]]
    code, lines = await download("otto", "/reports/referrals.csv")
    assert (code, lines) == (200, [["month", "program", "category", "referrals"]])
    late = (clock.now() - timedelta(days=1)).date()
    code, lines = await download("helen", f"/reports/referrals.csv?since={late}")
    assert [line[1:] for line in lines[1:]] == [["Pantry", "not_updated", "1"]]
    assert (await download(None, "/reports/caseload.csv"))[0] == 401
    assert (await download("helen", "/reports/secrets.csv"))[0] == 404
    assert (await download("helen", "/reports/caseload.csv?since=soon"))[0] == 400


async def test_a_long_report_arrives_whole_and_no_cell_is_a_formula(download: Any, graph: Graph, world: World) -> None:
    await world.database.pool.execute(
        """insert into programs (id, organization_id, name, created_at, updated_at)
           select gen_random_uuid(), $1, '=cmd|' || n, now(), now() from generate_series(1, 1000) n""",
        world.food_bank,
    )
    await world.database.pool.execute(
        """insert into referrals (id, client_id, program_id, made_by_id, made_as, organization_id, live, created_at,
           updated_at) select gen_random_uuid(), $1, id, $2, 'helper', $3, false, now(), now() from programs
           where name like '=cmd%'""",
        world.sam,
        world.people["helen"],
        world.agency,
    )
    _, lines = await download("helen", "/reports/referrals.csv")
    assert len(lines) == 1001
    assert all(line[1].startswith("'=cmd|") for line in lines[1:])


@pytest.mark.rule("EL10")
async def test_closed_and_inactive_clients_count_and_deleted_ones_do_not(
    graph: Graph, download: Any, world: World
) -> None:
    await busy(world)
    before = await seen(graph, "helen")
    type_id = (await graph.do("ada", "clientTypeAdd", organizationId=world.agency, name="Youth"))["clientType"]["id"]
    await graph.do("helen", "clientSetType", id=world.sam, typeId=type_id)
    for id, status in ((world.sam, "CLOSED"), (world.nora, "INACTIVE")):
        await graph.do("helen", "clientSetStatus", id=id, status=status)
    after = await seen(graph, "helen")
    assert (after["referrals"], after["outcomes"]) == (before["referrals"], before["outcomes"])
    assert after["caseload"] == [
        {"navigator": {"name": "Helen Hart"}, "status": "INACTIVE", "type": None, "clients": 1},
        {"navigator": {"name": "Hugo Hill"}, "status": "INACTIVE", "type": None, "clients": 1},
        {"navigator": None, "status": "CLOSED", "type": {"name": "Youth"}, "clients": 1},
    ]
    assert (await download("ada", "/reports/caseload.csv"))[1][3] == ["", "closed", "Youth", "1"]
    await graph.do("ada", "clientDelete", id=world.sam)
    assert [row["status"] for row in (await seen(graph, "helen"))["caseload"]] == ["INACTIVE", "INACTIVE"]
