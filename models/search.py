r"""What makes texts comparable: without accents and case, phone numbers by their last digits. Indexes are built on it.

The functions are in the database, so that an index and a query cannot disagree. What a name is found by is kept beside
it, in columns that PostgreSQL computes: taking the accents away takes longer than comparing.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Computed, Index, Text, func, select
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

EXTENSIONS = ("pg_trgm", "unaccent")
"""Both come with PostgreSQL, and its owner may create them in a database of theirs."""

FUNCTIONS = r"""
create function search_key(value text) returns text language sql immutable strict parallel safe
    return lower(public.unaccent('public.unaccent'::regdictionary, value));

-- The words of a text, and each of them, as it is and without one of its letters, behind a mark that no word has. Where
-- two words share one of these, a letter is wrong, missing or too much, or two are swapped.
create function search_words(value text) returns tsvector language sql immutable strict parallel safe
    return array_to_tsvector(array(
        select key
        from regexp_split_to_table(search_key(value), '[^a-z0-9\u0080-\U0010ffff]+') as whole,
            left(whole, 50) as word,
            lateral (
                select word as key
                union all
                select '~' || left(word, place) || substr(word, place + 2)
                from generate_series(case when length(word) > 2 then 0 else length(word) end, length(word)) as place
            ) as keys
        where word <> ''
    ));

create function search_query(value text, manner text) returns tsquery language sql immutable strict parallel safe
    return (
        select string_agg(
            case manner
                when 'whole' then quote_literal(word)
                when 'begun' then quote_literal(word) || ':*'
                else '(' || quote_literal(word) || ':* | '''
                    || array_to_string(tsvector_to_array(search_words(word)), ''' | ''') || ''')'
            end, ' & ')::tsquery
        from unnest(tsvector_to_array(search_words(value))) as word
        where left(word, 1) <> '~'
    );

create function phone_key(value text) returns text language sql immutable strict parallel safe
    return nullif(right(regexp_replace(value, '[^0-9]', '', 'g'), 9), '');
"""

FULL_NAME = "(first_name || ' '::text) || last_name"


class Manner(StrEnum):
    """How the words of a question are found among those of a name; each finds more than the one before."""

    WHOLE = "whole"
    BEGUN = "begun"
    SLIPS = "slips"


def key_of(name: str) -> Mapped[str]:
    """The column that keeps a name without accents and case."""
    return mapped_column(Text, Computed(f"search_key({name})", persisted=True), deferred=True)


def words_of(name: str) -> Mapped[Any]:
    """The column of the words that a name is found by."""
    return mapped_column(TSVECTOR, Computed(f"search_words({name})", persisted=True), deferred=True)


def by_words(table: str) -> Index:
    """The index of those words."""
    # Without a list of what is yet to be filed, which each search would have to read.
    return Index(f"{table}_name_words_idx", "name_words", postgresql_using="gin", postgresql_with={"fastupdate": "off"})


def search_key(value: Any) -> ColumnElement[str]:
    """A text without accents and case, computed once a statement."""
    return select(func.search_key(value)).scalar_subquery()


def has_words(table: Any, value: Any, manner: Manner) -> ColumnElement[bool]:
    """Whether all words of the text are in the name of a row, in that manner."""
    # As a subquery it is computed once a statement, not once a row.
    query = select(func.search_query(value, manner.value)).scalar_subquery()
    return table.name_words.op("@@", is_comparison=True)(query)  # type: ignore[no-any-return]


def phone_key(value: Any) -> ColumnElement[str]:
    """The last nine digits of a phone number: with and without a country's code it is the same."""
    return func.phone_key(value)
