"""A client as docs/realtime.md tells one to be: a snapshot, and then the feed folded into it."""

from __future__ import annotations

import asyncio
from typing import Any

from strawberry.utils.str_converters import to_snake_case

from models.base import Id
from tests.laws.process import FEED, Listener, Message, Process

CLIENT = """
fragment C on Client {
  id version firstName lastName
  record { version status kind portalStatus warnings(first: 9) { nodes { text } } groups(first: 2) { nodes { name } } }
}
"""
NOTIFICATION = "fragment N on Notification { id kind queued }"
MANAGER = "fragment K on CaseManager { id version firstName title email company { id } businessUnit { id } }"
REFERRAL = """
fragment R on Referral {
  id version status live comments clientDeletedAt client { ...C } program { id } access { statuses }
  notes(first: 100) { nodes { id body shared } } history(first: 1) { totalCount }
}
"""
ENGAGEMENT = """
fragment E on Engagement {
  id version status phase { id } persona { id } caseManager { id } assignmentDueAt alertedAt
  outcomes(first: 20) { nodes { area percent } } access { submit { allowed } manage { allowed } }
}
"""
PROGRESSION = """
fragment P on Progression {
  id version status waitsFor stale awaitsViewer approvals { nodes { decision decidedBy { id } } }
  access { approve { allowed } withdraw { allowed } } history(first: 1) { totalCount }
}
"""
# Not the mentor: a name is shortened for those who are no longer colleagues, and that is no change of the request.
REQUEST = """
fragment M on MentoringRequest {
  id version status firstName deadline sessionAt stagnantSince isNewClient chapter { id }
  notes(first: 50) { nodes { id body } } assignments(first: 50) { nodes { id ending } }
  openedBy { nodes { person { id } } } access { steps assign { allowed } answer { allowed } } withheld { field }
}
"""
PARTS = {
    "referral": "R", "client": "C", "engagement": "E", "progression": "P", "notification": "N", "request": "M",
    "caseManager": "K",
}  # fmt: skip
WHOLE = FEED
for name, part in PARTS.items():
    WHOLE = WHOLE.replace(f"{name} {{ id }}", f"{name} {{ ...{part} }}")
WHOLE += f"{CLIENT}{REFERRAL}{ENGAGEMENT}{PROGRESSION}{NOTIFICATION}{REQUEST}{MANAGER}"
PAGE = """
query ($after: String) { viewer { LIST(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { ...PART } } } }
"""
LISTS = {
    "inboundReferrals": f"{REFERRAL}{CLIENT}",
    "outboundReferrals": f"{REFERRAL}{CLIENT}",
    "ownReferrals": f"{REFERRAL}{CLIENT}",
    "clients": CLIENT,
    "notifications": NOTIFICATION,
    "notificationQueue": NOTIFICATION,
    "caseManagers": MANAGER,
    "engagements": ENGAGEMENT,
    "ownEngagements": ENGAGEMENT,
    "progressions": PROGRESSION,
    "mentoringRequests": REQUEST,
    "assignedMentoringRequests": REQUEST,
    "ownMentoringRequests": REQUEST,
}
EVERYTHING = {"kinds": [to_snake_case(name).upper() if name != "request" else "MENTORING_REQUEST" for name in PARTS]}


async def snapshot(process: Process, user_id: Id) -> tuple[str, dict[Id, Message]]:
    """Where the feed stood before it, and all that the person sees then, by id."""
    head: str = (await process.ask(user_id, "{ viewer { feedHead } }"))["viewer"]["feedHead"]
    seen: dict[Id, Message] = {}
    for name, fragments in LISTS.items():
        after: str | None = None
        part = fragments.split("fragment ")[1][0]
        query = PAGE.replace("LIST", name).replace("PART", part) + fragments
        while True:
            page = (await process.ask(user_id, query, after=after))["viewer"][name]
            for record in page["nodes"]:
                apart(seen, record)
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
    return head, seen


def apart(seen: dict[Id, Message], record: Message) -> None:
    """Keep a record, and the client inside it apart, as caches do."""
    record = dict(record)
    client = record.get("client")
    if client is not None:
        seen[client["id"]] = client
        record["client"] = client["id"]
    seen[record["id"]] = record


class Dashboard:
    """What one person's screen shows: kept up to date by the feed, begun anew where the feed says so."""

    def __init__(self, process: Process, user_id: Id) -> None:
        self.seen: dict[Id, Message] = {}
        self.resyncs = 0
        self.awake = asyncio.Event()
        """While it is not set, nothing is read."""
        self.awake.set()
        self._process = process
        self._user_id = user_id
        self._listener: Listener | None = None
        self._told = 0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            head, self.seen = await snapshot(self._process, self._user_id)
            async with self._process.follow(
                self._user_id, WHOLE, after=head, reading=self.awake, filter=EVERYTHING
            ) as self._listener:
                self._told = 0
                while await self._fold():
                    pass
            self.resyncs += 1

    async def _fold(self) -> bool:
        """Apply what is new; whether there may be more."""
        listener = self._listener
        assert listener is not None
        while self._told < len(listener.messages):
            message = listener.messages[self._told]
            self._apply(message)
            self._told += 1
            if message["__typename"] == "ResyncRequired":
                return False
        if not listener.is_open and listener.end is not None:
            raise listener.end
        await listener.news()
        return True

    def _apply(self, message: Message) -> None:
        match message:
            case (
                {"referral": record}
                | {"client": record}
                | {"engagement": record}
                | {"progression": record}
                | {"notification": record}
                | {"request": record}
                | {"caseManager": record}
            ):
                apart(self.seen, record)
            case {"__typename": "AccessEnded", "id": id}:
                self.seen.pop(id, None)

    async def told(self, position: int) -> None:
        """Wait until everything up to this position is folded."""
        async with asyncio.timeout(60):
            while not (self._listener and self._listener.position >= position and self._is_folded()):
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.005)

    def _is_folded(self) -> bool:
        return self._listener is not None and self._told == len(self._listener.messages)

    async def stop(self) -> Any:
        """Switch the screen off."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
