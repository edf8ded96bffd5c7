"""The statuses of a referral, their categories, and the steps between them."""

from enum import StrEnum

from models.referrals import ReferralStatus as S
from workflows.lifecycle import Lifecycle, Step


class Category(StrEnum):
    """What a status amounts to (FH3)."""

    NOT_UPDATED = "not_updated"
    IN_PROGRESS = "in_progress"
    HELPED = "helped"
    NOT_HELPED = "not_helped"


CATEGORIES = {
    S.NOT_UPDATED: Category.NOT_UPDATED,
    S.NEEDS_CLIENT_ACTION: Category.IN_PROGRESS,
    S.PENDING: Category.IN_PROGRESS,
    S.REFERRED_ELSEWHERE: Category.IN_PROGRESS,
    S.ELIGIBLE: Category.IN_PROGRESS,
    S.GOT_HELP: Category.HELPED,
    S.COULDNT_CONTACT: Category.NOT_HELPED,
    S.NOT_ELIGIBLE: Category.NOT_HELPED,
    S.NO_CAPACITY: Category.NOT_HELPED,
    S.COULDNT_GET_HELP: Category.NOT_HELPED,
    S.NO_LONGER_INTERESTED: Category.NOT_HELPED,
}

OPEN_POLICY = Lifecycle(
    "referral",
    S.NOT_UPDATED,
    [Step("set status", frozenset(S), status) for status in S if status is not S.NOT_UPDATED],
)
"""Any status may follow any other, but nothing leads back to "not updated" (FH4)."""
