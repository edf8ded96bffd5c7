"""The schema answers for itself."""

from graphql import get_introspection_query, graphql_sync

from server.schema import build


def test_every_type_can_be_asked_whether_it_takes_exactly_one_field() -> None:
    """Lists and what is not null, too, as tools ask that draw a type's name and all that it wraps."""
    query = """{ __type(name: "FeedFilter") { isOneOf inputFields { type { isOneOf ofType { isOneOf } } } } }"""
    answer = graphql_sync(build(), query)
    assert answer.errors is None
    assert answer.data is not None
    assert answer.data["__type"]["isOneOf"] is False
    kinds = answer.data["__type"]["inputFields"][0]
    assert kinds == {"type": {"isOneOf": None, "ofType": {"isOneOf": None}}}


def test_the_usual_question_about_the_whole_schema_is_answered() -> None:
    query = get_introspection_query(input_value_deprecation=True, specified_by_url=True)
    assert graphql_sync(build(), query).errors is None
