"""Limits: what a document may ask for, and how long it may take to find out."""

import time

import pytest
from graphql import get_introspection_query

import server.documents
from server.documents import Document, Documents
from server.limits import MAX_DEPTH, MAX_LENGTH, MAX_NESTING, MAX_TOKENS
from server.schema import build

SECONDS = 2.0
"""What reading a document may take on a machine with much else to do. On a free one, the worst take 0.07."""


@pytest.fixture(scope="module")
def documents() -> Documents:
    return Documents(build())


def read(documents: Documents, text: str) -> Document:
    """The document, in a time that does not hold up the others."""
    began = time.process_time()
    document = documents.get(text)
    took = time.process_time() - began
    assert took < SECONDS, f"{took:.3f} s for {text[:80]}"
    return document


def fragments(count: int, selection: str, last: str, on: str = "Viewer") -> str:
    """A chain of fragments; in `selection`, NEXT stands for the next one."""
    chain = [f"fragment f{i} on {on} {{ {selection.replace('NEXT', f'...f{i + 1}')} }}" for i in range(count)]
    return " ".join([*chain, f"fragment f{count} on {on} {{ {last} }}"])


PAGE = "first: 100) { nodes { "
REFUSED = {
    "tokens": "{ viewer { user { " + "id " * MAX_TOKENS + "} } }",
    "length": "{ viewer { feedHead } } #" + "x" * MAX_LENGTH,
    "depth": "{ node(id: 1) " + "{ a " * MAX_DEPTH + "}" * MAX_DEPTH + "}",
    "nesting": "{ viewer " + "{ ... " * 90 + "{ ...f0 }" + "}" * 90 + "}" + fragments(12, "NEXT", "feedHead"),
    "a chain of fragments": "{ viewer { ...f0 } }" + fragments(MAX_NESTING, "NEXT", "feedHead"),
    "fields by fragments": "{ viewer { ...f0 } }" + fragments(12, "NEXT NEXT", "feedHead"),
    "exponential fragments": "{ viewer { ...f0 } }" + fragments(60, "NEXT NEXT NEXT", "feedHead"),
    "every fragment spreads all after it": "{ viewer { ...f0 } }"
    + " ".join(
        f"fragment f{i} on Viewer {{ feedHead {' '.join(f'...f{j}' for j in range(i + 1, 25))} }}" for i in range(25)
    ),
    "cost of lists": f"{{ viewer {{ clients({PAGE} referrals({PAGE} history({PAGE} id }} }} }} }} }} }} }} }}",
    "cost of lists in fragments": "{ viewer { clients { ...c } } } "
    "fragment c on ClientConnection { nodes { referrals { ...r } } } "
    "fragment r on ReferralConnection { nodes { history { ...h } } } "
    "fragment h on ReferralHistoryEntryConnection { nodes { id a: id b: id c: id d: id e: id f: id g: id h: id } }",
    "cost that is not known": "query ($n: Int) { viewer { clients(first: $n) { nodes { "
    "referrals(first: $n) { nodes { history(first: $n) { nodes { id } } } } } } } }",
    "a cost with a sign": "{ viewer { a: clients(first: -100000) { nodes { id } } "
    f"b: clients({PAGE} referrals({PAGE} history({PAGE} id }} }} }} }} }} }} }} }}",
    "a number of 5,000 digits": "{ viewer { clients(first: " + "9" * 5000 + ") { nodes { id } } } }",
    "aliases about the schema": "{ __schema { types { "
    + " ".join(f"a{i}: fields {{ name }}" for i in range(100))
    + "} } }",
    "one schema after the other": "{ " + " ".join(f"a{i}: __schema {{ types {{ name }} }}" for i in range(50)) + "}",
    "aliases about the schema in a fragment": "{ __schema { types { ...t } } } "
    "fragment t on __Type { a: fields { name } b: fields { name } }",
    "the same field over and over": "{ viewer { user { " + "id " * 900 + "} } }",
    "the same field over and over, with a selection": "{" + "viewer { user { id name } } " * 110 + "}",
    "the same arguments over and over": "{ viewer { " + "clients(first: 1) { nodes { id } } " * 75 + "} }",
    "inline fragments over and over": "{ viewer { " + "... { user { id name } } " * 110 + "} }",
    "fragments to compare with each other": "{ viewer { "
    + " ".join(f"...f{i}" for i in range(75))
    + " } } "
    + " ".join(f"fragment f{i} on Viewer {{ user {{ id name }} }}" for i in range(75)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_refused_soon(documents: Documents, name: str) -> None:
    document = read(documents, REFUSED[name])
    assert {(error.extensions or {}).get("code") for error in document.errors} == {"LIMIT_EXCEEDED"}
    assert document.ast is None


INVALID = {
    "a cycle of fragments": "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }",
    "a fragment in itself": "{ viewer { ...a } } fragment a on Viewer { user { ...u } } fragment u on User { ...u }",
    "braces": "{ a " * 900,
    "brackets": "{ viewer { clients(first: " + "[" * 450 + "]" * 450 + ") { nodes { id } } } }",
    "brackets in a type": "query ($a: " + "[" * 190 + "Int" + "]" * 190 + ") { viewer { feedHead } }",
    "objects": "{ node(id: " + "{a: " * 180 + "1" + "}" * 180 + ") { id } }",
    "a long list": "{ viewer { clients(first: [" + "1 " * 900 + "]) { nodes { id } } } }",
    "directives": "{ viewer " + "@skip(if: true) " * 150 + "{ feedHead } }",
    "unknown directives": "{ viewer " + "@a " * 450 + "{ feedHead } }",
    "unknown fields": "{ " + " ".join(f"viewe{i}" for i in range(900)) + " }",
    "long names": "{ " + " ".join("viewer" * 400 + str(i) for i in range(20)) + " }",
    "variables": "query (" + " ".join(f"$v{i}: Int" for i in range(190)) + ") { viewer { feedHead } }",
    "operations of one name": "query q { viewer { feedHead } } " * 120,
    "definitions of types": "type A { a: Int } " * 100,
    "the schema, and again": "{ __schema { types { fields { type { fields { type { name } } } } } } }",
    "lines without end": "\n" * 49_000,
    "a string with half a character": '{ node(id: "\\ud800") { id } }',
    "nothing": "",
    "a control character": "\0",
}


@pytest.mark.rule("XX9")
@pytest.mark.parametrize("name", INVALID)
def test_what_is_wrong_is_found_soon(documents: Documents, name: str) -> None:
    document = read(documents, INVALID[name])
    assert 0 < len(document.errors) <= 21
    assert document.ast is None


VALID = {
    "introspection": get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    ),
    "a question about some types": '{ a: __type(name: "User") { fields { name type { name ofType { name } } } } '
    'b: __type(name: "Client") { fields { name args { name } } } __schema { queryType { name } } }',
    "different fields": "{ viewer { user { " + " ".join(f"a{i}: id" for i in range(320)) + "} } }",
    "operations that share fragments": " ".join(f"query q{i} {{ viewer {{ ...f0 }} }}" for i in range(40))
    + fragments(40, "NEXT", "feedHead"),
    "a dashboard": """
        query Dashboard($after: String) {
          viewer {
            feedHead user { ...Named } inboundCounts { program { id name } notUpdated }
            inboundReferrals(first: 50, after: $after) { ...Page }
            outboundReferrals(first: 50) { ...Page }
            clients(first: 20) { nodes { id firstName lastName } pageInfo { hasNextPage endCursor } }
          }
        }
        fragment Page on ReferralConnection { nodes { ...Row } pageInfo { hasNextPage endCursor } totalCount }
        fragment Row on Referral {
          id version status createdAt client { id firstName lastName } program { id name }
          notes(first: 3) { nodes { id createdAt } }
        }
        fragment Named on User { id name }
    """,
}


@pytest.mark.parametrize("name", VALID)
def test_what_people_ask_passes(documents: Documents, name: str) -> None:
    document = read(documents, VALID[name])
    assert document.errors == []
    assert documents.get(VALID[name]) is document


def test_only_so_many_documents_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.documents, "KEPT", 100)
    documents = Documents(build())
    texts = [f"{{ viewer {{ user {{ {name}: {'id ' * 30} }} }} }}" for name in "abc"]
    first, second = documents.get(texts[0]), documents.get(texts[1])
    assert documents.get(texts[0]) is first
    documents.get(texts[2])
    assert documents.get(texts[0]) is first
    assert documents.get(texts[1]) is not second
    assert documents.get("{") is not documents.get("{")


@pytest.mark.parametrize("ignored", ["#\n" * 100, " " * 40_000])
def test_what_is_ignored_takes_room_all_the_same(monkeypatch: pytest.MonkeyPatch, ignored: str) -> None:
    monkeypatch.setattr(server.documents, "KEPT", 100)
    documents = Documents(build())
    text = f"{{ viewer {{ feedHead }} }}{ignored}"
    assert documents.get(text) is not documents.get(text)
