"""Cursors are good for one person and one log, and for nobody to make."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import new_id
from policies.signing import Signer
from subscriptions.cursors import Cursor, Cursors, Mark, OtherEpoch, Unreadable

CURSORS = Cursors(Signer("a secret for tests"))
PERSON, EPOCH = new_id(), new_id()
anything = settings(max_examples=50, deadline=None, database=None)
places = st.integers(0, 2**63)
cursors = st.builds(Cursor, places, st.builds(Mark, places, places), st.none() | st.uuids().map(str))


@anything
@given(cursors)
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert CURSORS.read(CURSORS.write(cursor, PERSON, EPOCH), PERSON, EPOCH) == cursor


@anything
@given(cursors)
def test_a_cursor_of_another_log_is_known_for_what_it_is(cursor: Cursor) -> None:
    assert CURSORS.read(CURSORS.write(cursor, PERSON, EPOCH), PERSON, new_id()) == OtherEpoch()


@pytest.mark.rule("XX3")
@anything
@given(cursors)
def test_a_cursor_of_somebody_else_is_no_cursor(cursor: Cursor) -> None:
    assert CURSORS.read(CURSORS.write(cursor, new_id(), EPOCH), PERSON, EPOCH) == Unreadable()


@pytest.mark.rule("XX3")
@anything
@given(cursors, st.integers(0, 1000))
def test_a_cursor_that_was_changed_is_no_cursor(cursor: Cursor, bit: int) -> None:
    text = CURSORS.write(cursor, PERSON, EPOCH)
    raw = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    changed = urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert CURSORS.read(changed, PERSON, EPOCH) == Unreadable()


@anything
@given(st.text())
def test_any_other_text_is_no_cursor(text: str) -> None:
    assert CURSORS.read(text, PERSON, EPOCH) == Unreadable()


def test_a_cursor_of_another_secret_is_no_cursor() -> None:
    other = Cursors(Signer("another secret"))
    assert CURSORS.read(other.write(Cursor(1, Mark(1, 1)), PERSON, EPOCH), PERSON, EPOCH) == Unreadable()
