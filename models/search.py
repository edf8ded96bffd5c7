"""What makes texts comparable: without accents and case, phone numbers by their last digits. Indexes are built on it.

The functions are in the database, so that an index and a query cannot disagree.
"""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

EXTENSIONS = ("pg_trgm", "unaccent")
"""Both come with PostgreSQL, and its owner may create them in a database of theirs."""

FUNCTIONS = """
create function search_key(value text) returns text language sql immutable strict parallel safe
    return lower(public.unaccent('public.unaccent'::regdictionary, value));
create function phone_key(value text) returns text language sql immutable strict parallel safe
    return nullif(right(regexp_replace(value, '[^0-9]', '', 'g'), 9), '');
"""

WORD_SIMILARITY = 0.4
"""From which share of its trigrams on a word is found in a text: one letter wrong or left out is forgiven."""

BY_TRIGRAMS: Any = {"postgresql_using": "gin", "postgresql_ops": {"name_key": "gin_trgm_ops"}}
"""Of an index of names, for `name_key`."""

NAME_KEY = "search_key((first_name || ' '::text) || last_name)"


def name_key(person: Any) -> ColumnElement[str]:
    """The full name of a client, a user or a case manager, as its index has it."""
    return func.search_key(person.first_name.concat(literal_column("' '")).concat(person.last_name))


def search_key(value: Any) -> ColumnElement[str]:
    """A text without accents and case."""
    return func.search_key(value)


def phone_key(value: Any) -> ColumnElement[str]:
    """The last nine digits of a phone number: with and without a country's code it is the same."""
    return func.phone_key(value)
