"""The rights of those who have streams here: read once, and good until the log says that they have changed.

Whatever changes a person's rights records an event of kind `user` in the same transaction (workflows/rights.py). So
rights that were read at one place of the log are still true in a later snapshot if that has no such event after it,
numbered or not. Whoever decides asks for these events in the very statement that decides (`CHANGED`), so the answer is
of one moment, as if the rights had been read in it.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, func, or_, select

from models.base import Id
from models.events import Event, Log
from policies.actors import UUIDS, Actor

KEPT = 10_000

LOG = (select(Log.epoch).scalar_subquery().label("epoch"), select(Log.head).scalar_subquery().label("head"))
"""Which log it is, and where it ends, in this snapshot."""
CHANGED = (
    select(func.array_agg(Event.record_id.distinct(), type_=UUIDS))
    .where(
        Event.kind == "user",
        or_(Event.position.is_(None), Event.position > bindparam("since", type_=BigInteger())),
    )
    .scalar_subquery()
)
"""Whose rights have changed after the position `:since`; null: nobody's."""


@dataclass(slots=True)
class _Rights:
    scope: Actor
    true_at: int


class KnownRights:
    """By person their scope, the rights without the person; only of those who belong somewhere and are not banned."""

    def __init__(self) -> None:
        self._epoch: Id | None = None
        self._known: OrderedDict[Id, _Rights] = OrderedDict()
        self._scopes: dict[Actor, Actor] = {}

    def keep(self, actor: Actor, epoch: Id, head: int) -> None:
        """These rights were read in a snapshot in which the log ended there."""
        assert actor.id is not None
        if epoch != self._epoch:
            self._known.clear()
            self._epoch = epoch
        if not actor.organizations:
            return
        if len(self._known) >= KEPT:
            self._known.popitem(last=False)
            self._scopes = {rights.scope: rights.scope for rights in self._known.values()}
        scope = actor.anyone()
        self._known[actor.id] = _Rights(self._scopes.setdefault(scope, scope), head)

    def scopes(self, users: Iterable[Id]) -> tuple[dict[Id, Actor], int]:
        """The scopes of those whose rights are known, and since when they may have changed."""
        found = {user: self._known[user] for user in users if user in self._known}
        since = min((rights.true_at for rights in found.values()), default=0)
        return {user: rights.scope for user, rights in found.items()}, since

    def confirm(self, asked: Mapping[Id, Actor], since: int, changed: Iterable[Id], epoch: Id, head: int) -> bool:
        """In a snapshot in which the log ended there, only these rights had changed since.

        False: it is another log, whose positions say nothing; nothing is known any more.
        """
        if epoch != self._epoch or since > head:
            self._known.clear()
            return False
        for user in changed:
            self._known.pop(user, None)
        for user, scope in asked.items():
            rights = self._known.get(user)
            # Read anew meanwhile, it may be other rights than were confirmed.
            if rights is not None and rights.scope is scope:
                rights.true_at = max(rights.true_at, head)
        return True
