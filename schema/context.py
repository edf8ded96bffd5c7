"""What one operation knows: who asks, and its own batches. Never shared between operations or events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import strawberry

from loaders.batch import Loaders
from models.base import Id
from models.database import Database
from policies.actors import Actor
from policies.uploads import Upload
from schema.errors import UnauthenticatedError
from workflows import clock

if TYPE_CHECKING:
    from workflows.sessions import SignedIn


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose token came with the request. What they may do is read from the database, not from the token."""

    user_id: Id
    session_id: Id | None
    expires_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Services:
    """What the running program lends to its operations."""

    database: Database
    issue_token: Callable[[SignedIn], tuple[str, float]]
    """An access token for a session, and when it expires."""
    upload_url: Callable[[Upload], str]
    """The address to which an image is sent."""


class Context:
    """One operation of one actor."""

    def __init__(
        self, services: Services, actor: Actor | None, credentials: Credentials | None = None, client: str = ""
    ) -> None:
        self.services = services
        self.credentials = credentials
        self.feed_head: str | None = None
        """Where the feed stood before the operation began, if the operation asks for it."""
        self.done: dict[str, Any] = {}
        """What the operation's mutations answered, by response key."""
        self.opened: set[Id] = set()
        """The referrals whose opening the operation has recorded, where that is wanted."""
        self.client = client
        """The address the request came from, for limits."""
        self._actor = actor
        self._loaders = None if actor is None else Loaders(services.database, actor, clock.now())

    @property
    def actor(self) -> Actor:
        """Who asks; an error of the protocol if nobody is signed in."""
        if self._actor is None:
            raise UnauthenticatedError
        return self._actor

    @property
    def actor_or_none(self) -> Actor | None:
        """Who asks, or None."""
        return self._actor

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody is."""
        return self._actor is not None

    @property
    def loaders(self) -> Loaders:
        """The batches of this operation."""
        if self._loaders is None:
            raise UnauthenticatedError
        return self._loaders

    def become(self, actor: Actor) -> None:
        """Go on as this actor, with fresh batches: after a change, or a sign-in."""
        self._actor = actor
        self._loaders = Loaders(self.services.database, actor, clock.now())


Info = strawberry.Info[Context, Any]
