"""The rights of those who have streams here: read once, and good until the log says that they have changed.

Whatever changes a person's rights records an event of kind `user` in the same transaction (workflows/rights.py). The
tail tells of these events, and what they are about is forgotten. What the tail has not told yet, numbered or not, is
asked for in the very statement that decides (`CHANGED`): so the answer is of one moment, as if the rights had been read
in it.
"""

from collections import OrderedDict
from collections.abc import Iterable

from sqlalchemy import BigInteger, bindparam, func, or_, select

from models.base import Id
from models.database import Row
from models.events import Event, Log
from policies.actors import UUIDS, Actor

KEPT = 10_000

_HEAD = select(Log.head).scalar_subquery()
LOG = (select(Log.epoch).scalar_subquery().label("epoch"), _HEAD.label("head"))
"""Which log it is, and where it ends, in this snapshot."""
CHANGED = (
    select(func.array_agg(Event.record_id.distinct(), type_=UUIDS))
    .where(
        Event.kind == "user",
        # The end is named so that PostgreSQL expects few of them, and takes the index.
        or_(Event.position.is_(None), Event.position.between(bindparam("told", type_=BigInteger()) + 1, _HEAD)),
    )
    .scalar_subquery()
)
"""Whose rights have changed after the position `:told`; null: nobody's."""


class KnownRights:
    """By person their scope, the rights without the person; only of those who belong somewhere and are not banned."""

    def __init__(self) -> None:
        self.told = 0
        """The position up to which the tail has told."""
        self.epoch: Id | None = None
        self._changed_at = 0
        self._known: OrderedDict[Id, Actor] = OrderedDict()
        self._scopes: dict[Actor, Actor] = {}

    def restart(self, epoch: Id, position: int) -> None:
        """It is another log, and the tail begins there."""
        self.epoch, self.told, self._changed_at = epoch, position, 0
        self._known.clear()

    def tell(self, events: Iterable[Row]) -> None:
        """The tail has these events."""
        for event in events:
            self.told = event["position"]
            if event["kind"] == "user":
                self._changed_at = self.told
                self._known.pop(event["record_id"], None)

    def keep(self, actor: Actor, epoch: Id, head: int) -> None:
        """These rights were read in a snapshot in which the log ended there."""
        assert actor.id is not None
        # What has changed since the snapshot was forgotten before it was known.
        if not actor.organizations or epoch != self.epoch or head < self._changed_at:
            return
        if len(self._known) >= KEPT:
            self._known.popitem(last=False)
        if len(self._scopes) >= KEPT:
            self._scopes.clear()
        scope = actor.anyone()
        self._known[actor.id] = self._scopes.setdefault(scope, scope)

    def scopes(self, users: Iterable[Id]) -> dict[Id, Actor]:
        """The scopes of those whose rights are known, unless the log has more to say."""
        return {user: scope for user in users if (scope := self._known.get(user)) is not None}

    def forget(self, users: Iterable[Id]) -> None:
        """Their rights have changed."""
        for user in users:
            self._known.pop(user, None)
