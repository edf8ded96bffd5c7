"""Pages of lists: complete, in order, stable, and clear about arguments that cannot be meant."""

from base64 import urlsafe_b64encode
from typing import Any

import pytest

from models.base import Id
from tests.graph import Graph, ProtocolError
from tests.world import World
from workflows import clients, goals

ARGUMENTS = "first: $first, after: $after, last: $last, before: $before"
PAGE = """query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { %s
fragment Page on %sConnection { totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"""
LISTS = {
    "inboundReferrals": (
        "Referral",
        f"viewer {{ inboundReferrals({ARGUMENTS}) {{ ...Page }} }} node(id: $id) {{ id }} }}",
    ),
    "clients": ("Client", f"viewer {{ clients({ARGUMENTS}) {{ ...Page }} }} node(id: $id) {{ id }} }}"),
    "goals": ("Goal", f"client(id: $id) {{ goals({ARGUMENTS}) {{ ...Page }} }} }}"),
    "notes": ("Note", f"node(id: $id) {{ ... on Referral {{ notes({ARGUMENTS}) {{ ...Page }} }} }} }}"),
    "members": ("Membership", f"organization(id: $id) {{ members({ARGUMENTS}) {{ ...Page }} }} }}"),
}
Page = dict[str, Any]


@pytest.fixture
async def roots(graph: Graph, world: World) -> dict[str, Id]:
    """For each list where it hangs; each has seven rows or more, and all of them are ties."""
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        for i in range(7):
            await clients.create(tx, helen, organization_id=world.agency, first_name="Same", last_name="Name")
            await goals.add(tx, helen, client_id=world.sam, title=f"Goal {i}")
    referrals = [await world.refer() for _ in range(7)]
    for i in range(7):
        await graph.do("paul", "referralAddNote", referralId=referrals[0], body=f"Note {i}")
    for table in ("referrals", "goals", "notes"):
        await world.database.pool.execute(f"update {table} set created_at = '2026-01-01'")
    await world.database.pool.execute("update memberships set started_at = '2026-01-01'")
    return {
        "inboundReferrals": world.sam,
        "clients": world.sam,
        "goals": world.sam,
        "notes": referrals[0],
        "members": world.food_bank,
    }


async def page(graph: Graph, name: str, id: Id, **given: Any) -> Page:
    kind, query = LISTS[name]
    who = "helen" if name == "clients" else "paul"
    data = await graph.ask(who, PAGE % (query, kind), id=id, **given)
    found: Page = next(value[name] for value in data.values() if value and name in value)
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert found["pageInfo"]["startCursor"] == (cursors[0] if cursors else None)
    assert found["pageInfo"]["endCursor"] == (cursors[-1] if cursors else None)
    return found


def ids(found: Page) -> list[Id]:
    return [node["id"] for node in found["nodes"]]


@pytest.mark.parametrize("name", LISTS)
async def test_pages_make_up_the_list_in_both_directions(
    graph: Graph, world: World, roots: dict[str, Id], name: str
) -> None:
    whole = await page(graph, name, roots[name])
    total = whole["totalCount"]
    assert total == len(whole["nodes"]) == len(set(ids(whole))) >= 4
    assert (whole["pageInfo"]["hasNextPage"], whole["pageInfo"]["hasPreviousPage"]) == (False, False)
    for size, edge, cursor, more, before in (
        ("first", "after", "endCursor", "hasNextPage", "hasPreviousPage"),
        ("last", "before", "startCursor", "hasPreviousPage", "hasNextPage"),
    ):
        for length in (1, 3, total):
            found: list[Id] = []
            part = await page(graph, name, roots[name], **{size: length})
            assert part["pageInfo"][before] is False
            while True:
                assert part["totalCount"] == total
                assert len(part["nodes"]) <= length
                found = [*found, *ids(part)] if size == "first" else [*ids(part), *found]
                if not part["pageInfo"][more]:
                    break
                part = await page(graph, name, roots[name], **{size: length, edge: part["pageInfo"][cursor]})
                assert part["pageInfo"][before] is True
            assert found == ids(whole), (size, length)


@pytest.mark.parametrize("name", ["inboundReferrals", "notes"])
async def test_what_comes_new_does_not_move_the_pages(
    graph: Graph, world: World, roots: dict[str, Id], name: str
) -> None:
    whole = ids(await page(graph, name, roots[name]))
    part = await page(graph, name, roots[name], first=3)
    if name == "notes":
        await graph.do("paul", "referralAddNote", referralId=roots[name], body="New")
    else:
        await world.refer()
    rest = await page(graph, name, roots[name], first=10, after=part["pageInfo"]["endCursor"])
    assert [*ids(part), *ids(rest)] == whole
    assert rest["totalCount"] == len(whole) + 1


async def test_a_cursor_of_a_row_that_is_gone_still_marks_its_place(
    graph: Graph, world: World, roots: dict[str, Id]
) -> None:
    whole = ids(await page(graph, "goals", roots["goals"]))
    part = await page(graph, "goals", roots["goals"], first=3)
    await world.database.pool.execute("update referrals set goal_id = null")
    await world.database.pool.execute("delete from goals where id = $1", whole[2])
    rest = await page(graph, "goals", roots["goals"], first=10, after=part["pageInfo"]["endCursor"])
    assert ids(rest) == whole[3:]


async def test_history_is_paged_from_the_oldest(graph: Graph, world: World) -> None:
    id = await world.refer()
    for status in ("PENDING", "ELIGIBLE", "GOT_HELP"):
        await graph.do("paul", "referralSetStatus", id=id, status=status)
    query = """query($id: ID!, $after: String) { referral(id: $id) {
      history(first: 2, after: $after) { nodes { toStatus } pageInfo { hasNextPage endCursor } } } }"""
    first = (await graph.ask("paul", query, id=id))["referral"]["history"]
    second = (await graph.ask("paul", query, id=id, after=first["pageInfo"]["endCursor"]))["referral"]["history"]
    told = [entry["toStatus"] for part in (first, second) for entry in part["nodes"]]
    assert told == ["NOT_UPDATED", "PENDING", "ELIGIBLE", "GOT_HELP"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


async def refusal(graph: Graph, who: str, query: str, **variables: Any) -> dict[str, Any]:
    with pytest.raises(ProtocolError) as refused:
        await graph.ask(who, query, **variables)
    [error] = refused.value.errors
    extensions: dict[str, Any] = error["extensions"]
    assert error["message"].startswith(f"{extensions['argument']}: ")
    return extensions


ID = "01a20077-5785-7fa1-8bf3-e6198a4b590f"
FORGED = [
    "nonsense",
    "é",
    "####",
    cursor("{}"),
    cursor("[]"),
    cursor("[5, 5]"),
    cursor("[null, null]"),
    cursor(f'["2026-01-01T00:00:00Z", "{ID}", 1]'),
    cursor('["2026-01-01T00:00:00Z", 7]'),
    cursor('["2026-01-01T00:00:00Z", ["a"]]'),
    cursor(f'["yesterday", "{ID}"]'),
    cursor(f'["0001-01-01T00:00:00+23:59", "{ID}"]'),
    cursor(f'["9999-12-31T23:59:59-23:59", "{ID}"]'),
]
FORGED_NUMBERS = ["[9223372036854775808]", "[1180591620717411303424]", "[1e300]", "[1.5]", '["5"]', "[null]", "[{}]"]


@pytest.mark.rule("XX9")
@pytest.mark.parametrize("forged", FORGED)
async def test_a_cursor_that_is_none_is_named(graph: Graph, forged: str) -> None:
    for size, edge in (("first", "after"), ("last", "before")):
        query = f"query($c: String) {{ viewer {{ inboundReferrals({size}: 5, {edge}: $c) {{ totalCount }} }} }}"
        assert await refusal(graph, "paul", query, c=forged) == {"code": "BAD_USER_INPUT", "argument": edge}


@pytest.mark.rule("XX9")
@pytest.mark.parametrize("forged", FORGED_NUMBERS)
async def test_a_forged_place_in_a_history_is_named(graph: Graph, world: World, forged: str) -> None:
    query = "query($id: ID!, $c: String) { referral(id: $id) { history(after: $c) { totalCount } } }"
    assert (await refusal(graph, "paul", query, id=await world.refer(), c=cursor(forged)))["argument"] == "after"


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    "forged", [r'["\ud800", "a", "%s"]', r'["\u0000", "a", "%s"]', '["a", "b", "c"]', '["a", 1, "%s"]']
)
async def test_a_forged_place_among_names_is_named(graph: Graph, forged: str) -> None:
    query = "query($c: String) { viewer { clients(after: $c) { totalCount } } }"
    assert (await refusal(graph, "helen", query, c=cursor(forged.replace("%s", ID))))["argument"] == "after"


@pytest.mark.rule("XX9")
async def test_a_cursor_of_another_list_is_named(graph: Graph, world: World, roots: dict[str, Id]) -> None:
    place = (await page(graph, "clients", roots["clients"], first=1))["pageInfo"]["endCursor"]
    query = "query($c: String) { viewer { inboundReferrals(after: $c) { totalCount } } }"
    assert (await refusal(graph, "paul", query, c=place))["argument"] == "after"


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ("first: 0", "first"),
        ("first: -1", "first"),
        ("first: 101", "first"),
        ("last: 0", "last"),
        ("last: 2147483647", "last"),
        ("first: 1, last: 1", "last"),
        ('first: 1, before: "x"', "before"),
        ('last: 1, after: "x"', "before"),
        ('after: "x", before: "y"', "before"),
    ],
)
async def test_arguments_that_cannot_be_meant_are_named(graph: Graph, given: str, argument: str) -> None:
    for field in ("clients", "programs", "inboundReferrals", "organizations"):
        query = f"{{ viewer {{ {field}({given}) {{ totalCount }} }} }}"
        assert await refusal(graph, "helen", query) == {"code": "BAD_USER_INPUT", "argument": argument}


async def test_null_asks_for_nothing_special(graph: Graph, world: World) -> None:
    query = "{ viewer { clients(first: null, after: null, last: null, before: null, search: null) { totalCount } } }"
    assert (await graph.ask("helen", query))["viewer"]["clients"]["totalCount"] == 2


async def test_a_page_has_twenty_rows_where_nothing_is_said_and_at_most_a_hundred(graph: Graph, world: World) -> None:
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        for i in range(101):
            await clients.create(tx, helen, organization_id=world.agency, first_name="A", last_name=f"B{i}")
    query = "query($n: Int) { viewer { clients(first: $n) { totalCount nodes { id } pageInfo { hasNextPage } } } }"
    for asked, given in ((None, 20), (100, 100)):
        found = (await graph.ask("helen", query, n=asked))["viewer"]["clients"]
        assert (len(found["nodes"]), found["totalCount"], found["pageInfo"]["hasNextPage"]) == (given, 103, True)


@pytest.mark.parametrize(
    ("search", "expected"),
    [("sam", 1), ("SAM ST", 1), ("Stone", 1), ("o", 2), ("%", 0), ("_am", 0), ("\\", 0), ("'; drop table clients", 0)],
)
async def test_search_takes_every_character_as_itself(graph: Graph, world: World, search: str, expected: int) -> None:
    query = "query($search: String) { viewer { clients(search: $search) { totalCount nodes { id } } } }"
    found = (await graph.ask("helen", query, search=search))["viewer"]["clients"]
    assert (found["totalCount"], len(found["nodes"])) == (expected, expected)
