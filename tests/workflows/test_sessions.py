"""Passwords: which can be chosen."""

import pytest

from workflows.refusals import Refusal, RefusedError
from workflows.sessions import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("password", ["x" * SHORTEST_PASSWORD, "☃" * LONGEST_PASSWORD, " " * SHORTEST_PASSWORD])
async def test_twelve_to_two_hundred_characters_are_a_password(password: str) -> None:
    assert (SHORTEST_PASSWORD, LONGEST_PASSWORD) == (12, 200)
    assert (await hash_password(password)).startswith("$argon2id$")


@pytest.mark.parametrize(
    "password", ["", "x" * (SHORTEST_PASSWORD - 1), "x" * (LONGEST_PASSWORD + 1), "x" * 20 + "\0", "x" * 20 + "\ud800"]
)
async def test_anything_else_is_refused_by_name_of_the_field(password: str) -> None:
    with pytest.raises(RefusedError, match="from 12 to 200 characters") as refused:
        await hash_password(password)
    assert (refused.value.code, refused.value.field) == (Refusal.INVALID, ("password",))
