"""What a job works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from jobs.mail import Mailer
from models.database import Database
from policies.signing import Signer


@dataclass(frozen=True)
class Kit:
    """Where jobs read and write, how they send mail, and how they make the addresses that mail names."""

    database: Database
    mailer: Mailer
    signer: Signer
    base_url: str


Job = Callable[[Kit, dict[str, Any]], Awaitable[None]]
"""Given what it was queued with. It may run more than once, and then does no more than once would have done."""
