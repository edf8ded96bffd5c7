"""Global search: what one may see, however one spells it (EL12)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from loaders.search import FEW
from models.clients import ContactPreference
from tests.company import Company
from tests.graph import Graph, ProtocolError
from tests.world import World
from workflows import clients

Crowd = Callable[..., Awaitable[None]]

SEARCH = """query ($text: String!, $kinds: [SearchKind!], $first: Int) {
  viewer { search(text: $text, kinds: $kinds, first: $first) { nodes { kind rank node { id
    ... on Client { firstName lastName email } ... on User { name } ... on Program { name }
    ... on Referral { status client { firstName } } ... on CaseManager { firstName } } } } } }"""


async def found(graph: Graph, who: str, text: str, **given: Any) -> list[tuple[str, str]]:
    nodes = (await graph.ask(who, SEARCH, text=text, **given))["viewer"]["search"]["nodes"]
    return [(hit["kind"], hit["node"]["id"]) for hit in nodes]


@pytest.fixture
async def zoe(world: World) -> str:
    async with world.database.transaction() as tx:
        return await clients.create(
            tx,
            await world.actor("helen", tx),
            organization_id=world.agency,
            first_name="Zoë",
            last_name="García-Müller",
            email="Zoe@Example.test",
            phone="(415) 555-0177",
        )


@pytest.mark.rule("EL12")
@pytest.mark.parametrize(
    "text",
    ["Zoë García-Müller", "zoe garcia muller", "ZOE", "garcia", "Garcya", "Muler", "zoe mueller", "Zeo", "zoe Gracia",
     "gar", "muller zo",
     "  zoe@example.TEST ", "+1 415 555 0177", "4155550177"],
)  # fmt: skip
async def test_a_client_is_found_however_one_spells_them(graph: Graph, zoe: str, text: str) -> None:
    assert (await found(graph, "helen", text))[0] == ("CLIENT", zoe)
    assert await found(graph, "otto", text) == []
    assert ("CLIENT", zoe) not in await found(graph, "paul", text)


@pytest.mark.rule("EL12")
async def test_what_is_closer_comes_first(graph: Graph, world: World, zoe: str) -> None:
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        for first, last in (("Zoran", "Garner"), ("Zoe", "Garcia"), ("Maria", "Garcia"), ("Zoe", "Marsh")):
            await clients.create(tx, helen, organization_id=world.agency, first_name=first, last_name=last)
    nodes = (await graph.ask("helen", SEARCH, text="zoe garcia"))["viewer"]["search"]["nodes"]
    names = [f"{hit['node']['firstName']} {hit['node']['lastName']}" for hit in nodes]
    assert names[:2] == ["Zoe Garcia", "Zoë García-Müller"]
    assert [hit["rank"] for hit in nodes] == sorted((hit["rank"] for hit in nodes), reverse=True)
    assert len(await found(graph, "helen", "zoe garcia", first=1)) == 1


@pytest.fixture
async def crowd(world: World) -> Crowd:
    """So many clients, in Helen's agency and in Otto's, that one cannot look through them one by one."""

    async def add(organization_id: str, first: str, last: str, count: int = FEW + 1) -> None:
        await world.database.pool.execute(
            """insert into clients (id, organization_id, first_name, last_name, created_at, updated_at)
                select gen_random_uuid(), $1, $2, $3, now(), now() from generate_series(1, $4::int)""",
            organization_id,
            first,
            last,
            count,
        )

    await add(world.agency, "Sam", "Stone")
    await add(world.elsewhere, "Nora", "Field")
    return add


@pytest.mark.rule("EL12", "XX3")
async def test_who_sees_few_of_many_namesakes_finds_theirs(graph: Graph, world: World, crowd: Crowd) -> None:
    referral = await world.refer()
    assert await found(graph, "paul", "sam stone") == [("CLIENT", world.sam), ("REFERRAL", referral)]
    assert await found(graph, "karl", "sam stone") == []
    # Helen sees thousands, but only this one of the thousands who are called so.
    assert await found(graph, "helen", "nora", kinds=["CLIENT"]) == [("CLIENT", world.nora)]


@pytest.mark.rule("EL12")
async def test_among_thousands_what_is_closer_comes_first(graph: Graph, world: World, crowd: Crowd) -> None:
    for first, last in (("Robin", "Vale"), ("Robina", "Vale"), ("Robni", "Vale"), ("Sam", "Vale")):
        await crowd(world.agency, first, last, 1)
    nodes = (await graph.ask("helen", SEARCH, text="robin"))["viewer"]["search"]["nodes"]
    assert [hit["node"]["firstName"] for hit in nodes] == ["Robin", "Robina", "Robni"]
    nodes = (await graph.ask("helen", SEARCH, text="sam vale"))["viewer"]["search"]["nodes"]
    assert [hit["node"]["firstName"] for hit in nodes] == ["Sam"]
    sams = (await graph.ask("helen", SEARCH, text="SAM", first=100))["viewer"]["search"]["nodes"]
    assert [hit["node"]["firstName"] for hit in sams] == ["Sam"] * 100


@pytest.mark.rule("EL12", "XX3")
async def test_every_kind_is_found_by_those_who_may_see_it(graph: Graph, world: World) -> None:
    company = await Company.build(world)
    referral = await world.refer()
    for who, text, expected in (
        ("helen", "sam stone", {("CLIENT", world.sam), ("REFERRAL", referral)}),
        ("paul", "sam stone", {("CLIENT", world.sam), ("REFERRAL", referral)}),
        ("sam", "sam stone", {("CLIENT", world.sam), ("REFERRAL", referral), ("PERSON", world.people["sam"])}),
        ("karl", "sam stone", set()),
        ("helen", "hugo", {("PERSON", world.people["hugo"])}),
        ("helen", "hugo@example.test", {("PERSON", world.people["hugo"])}),
        ("paul", "hugo", set()),
        ("otto", "panrty", {("PROGRAM", world.pantry)}),
        ("ada", "wren", {("CASE_MANAGER", company.managers["wren"])}),
        ("helen", "wren", set()),
        ("ada", "bert bell", set()),
    ):
        assert set(await found(graph, who, text)) == expected, (who, text)
    assert await found(graph, "helen", "sam stone", kinds=["REFERRAL"]) == [("REFERRAL", referral)]


@pytest.mark.rule("EL12", "FH20")
async def test_a_hidden_address_finds_nobody(graph: Graph, world: World) -> None:
    await world.refer()
    assert await found(graph, "paul", "sam@example.test") == [("CLIENT", world.sam)]
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        await clients.update(tx, helen, world.sam, {"contact_preference": ContactPreference.NONE})
    for text in ("sam@example.test", "+1 415 555 0100"):
        assert await found(graph, "paul", text) == []
        assert await found(graph, "helen", text) == [("CLIENT", world.sam)]


@pytest.mark.rule("EL12", "EL2")
async def test_a_case_number_finds_those_whose_record_one_keeps(graph: Graph, world: World) -> None:
    await world.refer()
    await graph.do("ada", "clientSetCaseNumber", id=world.sam, caseNumber="HA-00042")
    for who, expected in (("helen", [("CLIENT", world.sam)]), ("paul", []), ("sam", []), ("otto", [])):
        assert await found(graph, who, "ha-00042") == expected


@pytest.mark.rule("EL12")
async def test_a_search_takes_a_constant_number_of_statements(graph: Graph, world: World) -> None:
    await world.refer()
    await found(graph, "helen", "sam")
    few = len(graph.statements)
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        for _ in range(10):
            await clients.create(tx, helen, organization_id=world.agency, first_name="Sam", last_name="Stone")
    for _ in range(10):
        await world.refer()
    assert len(await found(graph, "helen", "sam", first=100)) >= 20
    assert len(graph.statements) == few


async def test_what_cannot_be_looked_for(graph: Graph, world: World) -> None:
    assert (
        await found(graph, "helen", " ") == await found(graph, "helen", "s") == await found(graph, "helen", "%") == []
    )
    for wrong in ({"text": "a" * 201}, {"text": "a\x00"}, {"text": "sam", "first": 0}, {"text": "sam", "first": 101}):
        with pytest.raises(ProtocolError, match="BAD_USER_INPUT"):
            await graph.ask("helen", SEARCH, **wrong)
