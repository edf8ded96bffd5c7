"""Notes: added and deleted, never edited."""

import pytest
from graphql import GraphQLObjectType

from models.base import Id
from models.database import Database
from server.schema import build
from tests.graph import Graph, everything
from tests.world import World

SECRET = "Her landlord is Mr. Quillfeather."
REFERRAL = """query($id: ID!) { referral(id: $id) { version
  notes { nodes { id body deletedAt author { name } deletedBy { name } } }
  history { nodes { action actor { name } } } } }"""
NODE = """query($id: ID!) { node(id: $id) { ... on Note {
  body shared createdAt deletedAt author { name } deletedBy { name } referral { id } } } }"""


async def written(graph: Graph, world: World, who: str = "helen") -> tuple[Id, Id]:
    """A referral and a note on it."""
    id = await world.refer()
    added = await graph.do(who, "referralAddNote", referralId=id, body=SECRET)
    return id, added["note"]["id"]


@pytest.mark.rule("FH10")
async def test_a_note_is_added_and_read(graph: Graph, world: World) -> None:
    id = await world.refer()
    show = "note { id body author { name } } referral { id version notes { totalCount } }"
    added = await graph.do("paul", "referralAddNote", show, referralId=id, body="  Called.\nNo answer.  ")
    assert added["note"]["body"] == "Called.\nNo answer."
    assert added["note"]["author"] == {"name": "Paul Price"}
    assert added["referral"] == {"id": id, "version": 2, "notes": {"totalCount": 1}}


@pytest.mark.rule("FH10")
async def test_the_text_of_a_deleted_note_is_gone_for_good(graph: Graph, world: World, database: Database) -> None:
    id, note = await written(graph, world)
    assert SECRET in str(await everything(database))
    deleted = await graph.do("helen", "referralDeleteNote", id=note)
    assert deleted["note"] == {"id": note, "body": None}
    for who in ("helen", "paul", "sam"):
        seen = [await graph.ask(who, REFERRAL, id=id), await graph.ask(who, NODE, id=note)]
        assert SECRET not in str(seen)
    assert SECRET not in str(await everything(database))


@pytest.mark.rule("FH10", "FH7")
async def test_that_it_was_there_and_who_deleted_it_stays(graph: Graph, world: World) -> None:
    await graph.do("pam", "placementStart", membershipId=world.memberships["pam"], programId=world.pantry)
    id, note = await written(graph, world)
    await graph.do("pam", "referralDeleteNote", id=note)
    for who, author, remover in [("helen", "Helen Hart", "Pam P."), ("paul", "Helen H.", "Pam Park")]:
        referral = (await graph.ask(who, REFERRAL, id=id))["referral"]
        [entry] = referral["notes"]["nodes"]
        assert entry["deletedAt"] is not None
        assert (entry["author"]["name"], entry["deletedBy"]["name"]) == (author, remover)
        assert [(line["action"], line["actor"]["name"]) for line in referral["history"]["nodes"]][1:] == [
            ("note.added", author),
            ("note.deleted", remover),
        ]


@pytest.mark.rule("FH10")
async def test_its_author_or_a_program_administrator_deletes_it_and_nobody_else(graph: Graph, world: World) -> None:
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    await graph.do("pam", "placementStart", membershipId=world.memberships["pam"], programId=world.pantry)
    for author in ("helen", "paul", "sam"):
        for who in ("helen", "hugo", "paul", "petra", "sam", "pam"):
            _, note = await written(graph, world, author)
            errors = (await graph.payload(who, "referralDeleteNote", id=note))["userErrors"]
            expected = [] if who in (author, "pam") else ["FORBIDDEN"]
            assert [error["code"] for error in errors] == expected, (author, who)
            body = (await graph.ask(who, NODE, id=note))["node"]["body"]
            assert body == (SECRET if expected else None)


@pytest.mark.rule("FH10")
def test_nothing_edits_a_note() -> None:
    mutation = build().mutation_type
    assert isinstance(mutation, GraphQLObjectType)
    about_notes = {name for name in mutation.fields if "note" in name.lower()}
    assert about_notes == {"referralAddNote", "referralDeleteNote", "mentoringRequestAddNote"}


@pytest.mark.rule("FH10")
async def test_an_author_who_no_longer_sees_the_referral_deletes_nothing(graph: Graph, world: World) -> None:
    id, note = await written(graph, world, "paul")
    await graph.do("pam", "placementEnd", id=world.placements["paul.program"])
    assert (await graph.refused("paul", "referralDeleteNote", id=note))[0] == "NOT_FOUND"
    assert (await graph.ask("petra", NODE, id=note))["node"]["body"] == SECRET
    assert (await graph.ask("petra", REFERRAL, id=id))["referral"]["version"] == 2
