"""A negative control: a feed that skips the policy at delivery. It tells whoever has the topic, seen or not."""

from __future__ import annotations

from dataclasses import replace

from models.database import Row
from policies.actors import Actor
from server import cli
from subscriptions import sights
from subscriptions.sights import Moment, Sight

_judge = sights._sight


def _sight(row: Row, scope: Actor, moment: Moment) -> Sight:
    sight = _judge(row, scope, moment)
    if sight.client_id is None:
        return sight
    # Whoever is the client sees all about it: nothing further down looks twice.
    scope = replace(sight.scope, clients=sight.scope.clients | {sight.client_id})
    return replace(sight, visible=True, scope=scope)


if __name__ == "__main__":
    sights._sight = _sight
    cli.main()
