"""The oracle: decides from the committed rows and the policies alone whether every party was told what it should be.

It knows nothing of buffers, cursors' insides, servers or faults. For each party and each of its ledgers (from one
snapshot to the next `ResyncRequired`), with e an event, c the time of its commit, d the time of its delivery:

- **missing**: e was to be told, and was not, though the client's cursor has passed it, or though all is quiet. It was
  to be told if the party could see its record at every moment from c until the cursor passed it, the rights that it
  held at e's position in the log concern e's topics, and e is not internal to somebody else's organization. If sight
  changed between, both telling and silence are right: what decides is the moment of delivery, which we cannot see.
- **doubled**: e was told twice in one ledger; or access to a record was ended twice, with nothing told of it between
  and no moment between at which the party could see it. (Sight that came back and went again before it could be told
  ends twice: the server cannot know what an earlier connection was told.)
- **out of order**: the cursor went back, or a change came at a position that is not after the one before it.
- **forbidden**: e was told, and the party could see its record at no moment between c and d; or e is internal to an
  organization to which the party belonged at no moment between; or a message showed an internal note of another
  organization; or access ended to a record that the party could not see since its snapshot, nor, as the log has it,
  just before the event; or a record was told of after its end, and the party could see it at no moment
  since.
- **stale**: e was told, and the party could no longer see its record in the seconds before d (`GRACE`, longer where a
  server was paused, the client read nothing, or this program was kept from running).
- **unfounded**: access was said to have ended, and the party saw the record all the time from that event until then.
- **unlike**: when all is quiet, the records that the client has put together from its snapshot and what it heard since
  are not the records, versions and statuses of a fresh snapshot; or those are not what the SQL policies say.

Times are of one machine; `FUZZ` allows for a commit that is seen a little later than it was noted.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import select, union_all

from models.base import Id
from models.clients import Client
from models.database import Database, Statement
from models.referrals import Referral
from policies import clients, referrals
from policies.actors import ONE
from policies.actors import actor as read_actor
from tests.chaos.county import Party
from tests.chaos.history import History
from tests.chaos.ledger import Epoch, Heard, Ledger

GRACE = 2.0
FUZZ = 0.5
KINDS = ("referral", "client")
FAULTS = ("missing", "doubled", "out of order", "forbidden", "stale", "unfounded", "unlike", "complaint", "unkept")

_VISIBLE = Statement(
    union_all(
        select(Referral.id, Referral.version, Referral.status).where(referrals.visible(ONE)),
        select(Client.id, Client.version, Client.first_name).where(clients.visible(ONE)),
    )
)


@dataclass
class Verdict:
    """What was found, and the figures."""

    found: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    deliveries: int = 0
    endings: int = 0
    resyncs: int = 0
    delays: list[float] = field(default_factory=list)
    """From commit to delivery, of events that were to be told."""

    def add(self, kind: str, text: str) -> None:
        """Something is wrong."""
        self.found[kind] += 1
        examples = self.examples.setdefault(kind, [])
        if len(examples) < 5:
            examples.append(text)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    def __str__(self) -> str:
        return "\n".join(f"{kind}: {self.found[kind]}\n  " + "\n  ".join(self.examples[kind]) for kind in self.found)


class Oracle:
    """Judges one run; `pauses` are the spans of time in which something kept messages from being read."""

    def __init__(self, history: History, pauses: list[tuple[float, float]]) -> None:
        self._history = history
        self._pauses = pauses

    def judge(self, verdict: Verdict, party: Party, ledger: Ledger, *, quiet: bool) -> None:
        """One party's ledgers; `quiet`: nothing is under way any more, so that what did not come is missing."""
        for text in ledger.complaints:
            verdict.add("complaint", f"{party.name}: {text}")
        topics = self._history.all_topics(party.user_id)
        for epoch in ledger.epochs:
            verdict.resyncs += epoch.resynced is not None
            verdict.deliveries += sum(heard.event_id is not None for heard in epoch.heard)
            self._order(verdict, party, epoch)
            for heard in epoch.heard:
                if heard.event_id is None:
                    verdict.endings += 1
                    self._ended(verdict, party, ledger, epoch, heard)
                else:
                    self._told(verdict, party, ledger, heard)
            self._untold(verdict, party, epoch, topics, quiet=quiet and epoch is ledger.epochs[-1])

    def _order(self, verdict: Verdict, party: Party, epoch: Epoch) -> None:
        if epoch.turned_back():
            verdict.add("out of order", f"{party.name}: the cursor went back")
        position, told, ended = epoch.head, set[int](), dict[Id, int]()
        for heard in epoch.heard:
            if heard.event_id is None:
                first = ended.get(heard.record_id)
                if first is not None and not self._came_back(party, heard.record_id, first, heard.position):
                    places = " and ".join(f"at {at} by {self._action(at)}" for at in (first, heard.position))
                    verdict.add("doubled", f"{party.name}: the end of {heard.record_id}, {places}")
                ended[heard.record_id] = heard.position
                continue
            if heard.event_id in told:
                verdict.add("doubled", f"{party.name}: event {heard.event_id}")
            elif heard.position <= position:
                verdict.add("out of order", f"{party.name}: event {heard.event_id} after position {position}")
            told.add(heard.event_id)
            end = ended.pop(heard.record_id, None)
            if end is not None and not self._came_back(party, heard.record_id, end, heard.position, heard.at):
                verdict.add("forbidden", f"{party.name}: event {heard.event_id} of {heard.record_id} after its end")
            position = heard.position

    def _came_back(self, party: Party, record_id: Id, end: int, second: int, until: float = 0.0) -> bool:
        """Whether the party could see the record again after this end of access."""
        ending, event = (self._history.by_position.get(position) for position in (end, second))
        # A moment later than the end: what it ended was seen until then.
        since = (ending["at"] if ending else 0.0) + FUZZ / 10
        until = until or (event["at"] if event else 0.0)
        return end != second and self._history.ever_saw(party.user_id, record_id, since, until)

    def _action(self, position: int) -> str:
        event = self._history.by_position.get(position)
        return event["action"] if event else "nothing"

    def _told(self, verdict: Verdict, party: Party, ledger: Ledger, heard: Heard) -> None:
        history, user = self._history, party.user_id
        assert heard.event_id is not None
        event = history.by_id.get(heard.event_id)
        what = f"{party.name}: event {heard.event_id} of {heard.record_id} at {heard.at:.3f}"
        if event is None or event["record_id"] != heard.record_id:
            verdict.add("forbidden", f"{what} is not in the log")
            return
        what = f"{what} ({event['action']}, committed {event['at']:.3f})"
        since, until = event["at"] - FUZZ, heard.at + FUZZ
        if not history.ever_saw(user, heard.record_id, since, until):
            verdict.add("forbidden", what)
        elif not history.ever_saw(user, heard.record_id, max(since, self._earliest(ledger, heard.at)), until):
            verdict.add("stale", what)
        owner = event["internal_to_id"]
        if owner is not None and not history.member(user, owner, since, until, always=False):
            verdict.add("forbidden", f"{what} is internal")
        for note in heard.notes:
            owner = history.internal_notes.get(note)
            if owner and not history.member(user, owner, self._earliest(ledger, heard.at), until, always=False):
                verdict.add("forbidden", f"{what} shows the internal note {note}")

    def _ended(self, verdict: Verdict, party: Party, ledger: Ledger, epoch: Epoch, heard: Heard) -> None:
        history, user = self._history, party.user_id
        what = f"{party.name}: the end of {heard.record_id} at {heard.at:.3f}, position {heard.position}"
        event = history.by_position.get(heard.position)
        # What ended it may have been committed before the snapshot, and numbered after.
        since = min(epoch.began, event["at"] if event else epoch.began)
        saw = history.ever_saw(user, heard.record_id, since - FUZZ, heard.at)
        if not saw and not (event and history.saw_before(user, heard.record_id, event)):
            verdict.add("forbidden", f"{what} by {self._action(heard.position)}, which it never saw")
        since = min(event["at"] if event else heard.at, self._earliest(ledger, heard.at))
        if history.always_saw(user, heard.record_id, since - FUZZ, heard.at):
            verdict.add("unfounded", what)

    def _earliest(self, ledger: Ledger, at: float) -> float:
        """The earliest moment at which what was heard then may have been sent."""
        earliest = at - GRACE
        for began, ended in sorted((*self._pauses, *ledger.naps), key=lambda pause: -pause[1]):
            if began < at and ended > earliest:
                earliest = min(earliest, began - GRACE)
        return earliest

    def _untold(self, verdict: Verdict, party: Party, epoch: Epoch, topics: frozenset[str], *, quiet: bool) -> None:
        told = {heard.event_id: heard.at for heard in epoch.heard}
        history, user = self._history, party.user_id
        for event in history.events:
            position = event["position"]
            if event["kind"] not in KINDS or topics.isdisjoint(event["topics"]):
                continue
            if position is not None and position <= epoch.head:
                continue
            passed = epoch.passed_at(position) if position is not None else None
            if passed is None and not quiet:
                continue
            if not self._was_due(user, event, passed or time.time()):
                continue
            if event["id"] in told:
                verdict.delays.append(told[event["id"]] - event["at"])
            else:
                verdict.add("missing", f"{party.name}: {event['action']} {event['id']} at position {position}")

    def _was_due(self, user: Id, event: object, until: float) -> bool:
        history = self._history
        since = event["at"] - FUZZ  # type: ignore[index]
        record_id, owner, position = event["record_id"], event["internal_to_id"], event["position"]  # type: ignore[index]
        rights = history.rights_at(user, position if position is not None else 1 << 60)
        return (
            not rights.topics().isdisjoint(event["topics"])  # type: ignore[index]
            and history.always_saw(user, record_id, since, until + FUZZ)
            and (owner is None or history.member(user, owner, since, until + FUZZ, always=True))
        )


async def compare(
    verdict: Verdict, database: Database, history: History, party: Party, fold: dict[Id, tuple[int, str]],
    fresh: dict[Id, tuple[int, str]],
) -> None:  # fmt: skip
    """When all is quiet: what the client has put together, what a fresh snapshot says, what the policies say."""
    actor = await read_actor(database, party.user_id)
    assert actor is not None
    rows = await database.rows(_VISIBLE, **actor.parameters())
    now = time.time()
    for id in {row["id"] for row in rows} ^ {
        id for id in (*history.referrals, *history.keepers) if history.sees(actor, id, now)
    }:
        verdict.add("unlike", f"{party.name}: this oracle and the policies disagree about {id}")
    for id in {row["id"] for row in rows} ^ fresh.keys():
        verdict.add("unlike", f"{party.name}: a snapshot and the policies disagree about {id}")
    for id in sorted(fold.keys() | fresh.keys()):
        if fold.get(id) != fresh.get(id):
            verdict.add("unlike", f"{party.name}: {id} is {fold.get(id)} to the client, {fresh.get(id)} in a snapshot")
