"""Signing in, staying signed in, signing out."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import bindparam, func, select

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.people import Session, User
from policies.actors import UUID, Actor, shut_out
from workflows import clock, text
from workflows.record import record
from workflows.refusals import Refusal, RefusedError

REFRESH_LIFETIME = timedelta(days=30)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200

_USER = Statement(
    select(User.id, User.password_hash, shut_out().label("banned")).where(
        func.lower(User.email) == func.lower(bindparam("email"))
    )
)
_SESSION = Statement(
    select(
        Session.id,
        Session.user_id,
        Session.refresh_hash,
        Session.expires_at,
        Session.revoked_at,
        shut_out().label("banned"),
    )
    .join(User, User.id == Session.user_id)
    .where(Session.id == bindparam("id", type_=UUID))
    .with_for_update(of=Session)
)

_hasher = PasswordHasher()
_hashing = CapacityLimiter(4)
"""A hash takes 64 MB and a core for a moment: so many at a time, however many people sign in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session, and the refresh token that is good for its next renewal only."""

    user_id: Id
    session_id: Id
    refresh_token: str


async def hash_password(password: str) -> str:
    """The argon2 hash of a new password, computed off the event loop; refused where it is not one to choose."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or not text.storable(password):
        message = f"A password has from {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        raise RefusedError(Refusal.INVALID, message, "password")
    return await anyio.to_thread.run_sync(_hasher.hash, password, limiter=_hashing)


@lru_cache(1)
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex())


async def check_password(reads: Reads, email: str, password: str) -> Id | None:
    """The person with this address and password. Takes as long for an unknown address as for a known one."""
    user = await reads.row(_USER, email=email) if text.storable(email) and text.storable(password) else None
    known = user is not None and user["password_hash"] is not None and not user["banned"]
    expected = (
        user["password_hash"]
        if user is not None and known
        else await anyio.to_thread.run_sync(_nobody, limiter=_hashing)
    )
    matches = await anyio.to_thread.run_sync(_matches, expected, password, limiter=_hashing)
    return user["id"] if user is not None and known and matches else None


def _matches(expected: str, password: str) -> bool:
    try:
        return _hasher.verify(expected, password)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


async def find_user(reads: Reads, email: str) -> Id | None:
    """The person with this address, unless they are banned: for identities that somebody else has checked."""
    user = await reads.row(_USER, email=email) if text.storable(email) else None
    return None if user is None or user["banned"] else user["id"]


async def open_session(transaction: Transaction, user_id: Id) -> SignedIn:
    """Start a session for a person whose identity has been checked."""
    id = new_id()
    secret = secrets.token_urlsafe(32)
    now = clock.now()
    await transaction.insert(
        Session,
        id=id,
        user_id=user_id,
        refresh_hash=_digest(secret),
        created_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    return SignedIn(user_id, id, f"{id}.{secret}")


async def renew(transaction: Transaction, refresh_token: str) -> SignedIn | None:
    """Exchange a refresh token for the next one. A token used twice is stolen: its session ends."""
    named, _, secret = refresh_token.partition(".")
    id = text.as_id(named)
    session = None if id is None else await transaction.row(_SESSION, id=id)
    now = clock.now()
    if session is None or session["revoked_at"] or session["banned"] or session["expires_at"] <= now:
        return None
    if not hmac.compare_digest(_digest(secret), session["refresh_hash"]):
        await _end(transaction, session)
        return None
    fresh = secrets.token_urlsafe(32)
    await transaction.update(Session, session["id"], refresh_hash=_digest(fresh), expires_at=now + REFRESH_LIFETIME)
    return SignedIn(session["user_id"], session["id"], f"{session['id']}.{fresh}")


async def close_session(transaction: Transaction, session_id: Id) -> None:
    """End the session: its tokens are refused from now on, and its open sockets close."""
    session = await transaction.row(_SESSION, id=session_id)
    if session is not None and not session["revoked_at"]:
        await _end(transaction, session)


async def _end(transaction: Transaction, session: Row) -> None:
    await transaction.update(Session, session["id"], revoked_at=clock.now())
    await record(
        transaction,
        Actor(session["user_id"]),
        "session.ended",
        subject_id=session["id"],
        version=1,
        kind="session",
        record_id=session["id"],
        topics=[f"user:{session['user_id']}"],
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
