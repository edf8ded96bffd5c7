"""What a viewer asks the feed for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.base import Id
from subscriptions.kinds import KINDS

RECORDS = frozenset(KINDS) - {"notification"}
"""The kinds that are told where nothing is said: notifications come to those who ask for them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the viewer asked for; None asks for everything."""

    kinds: frozenset[str] = RECORDS
    referral_id: Id | None = None
    client_id: Id | None = None
    program_id: Id | None = None
    mentoring_request_id: Id | None = None

    def includes(self, kind: str, record_id: Id, client_id: Id | None, program_id: Id | None) -> bool:
        """Whether a record was asked for."""
        return (
            kind in self.kinds
            and (self.referral_id is None or (kind == "referral" and record_id == self.referral_id))
            and (
                self.mentoring_request_id is None
                or (kind == "mentoring_request" and record_id == self.mentoring_request_id)
            )
            and (self.client_id is None or client_id == self.client_id)
            and (self.program_id is None or program_id == self.program_id)
        )


def wanted_from(filter: Mapping[str, Any]) -> Wanted:
    """What a `FeedFilter` asks for, by its GraphQL names."""
    kinds = filter.get("kinds")
    return Wanted(
        kinds=RECORDS if kinds is None else frozenset(str(kind) for kind in kinds),
        referral_id=filter.get("referralId"),
        client_id=filter.get("clientId"),
        program_id=filter.get("programId"),
        mentoring_request_id=filter.get("mentoringRequestId"),
    )
