"""A negative control: a feed that skips the policy at delivery. It tells whoever has the topic, seen or not."""

from __future__ import annotations

from dataclasses import replace

from models.database import Row
from server import cli
from subscriptions import sights
from subscriptions.sights import Moment, ShutOut, Sight

_judge = sights._sight


def _sight(row: Row, moment: Moment) -> Sight | ShutOut:
    sight = _judge(row, moment)
    if isinstance(sight, ShutOut) or sight.client_id is None:
        return sight
    # Whoever is the client sees all about it: nothing further down looks twice.
    scope = replace(sight.scope, clients=sight.scope.clients | {sight.client_id})
    return replace(sight, visible=True, scope=scope)


if __name__ == "__main__":
    sights._sight = _sight
    cli.main()
