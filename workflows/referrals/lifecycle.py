"""Referral statuses, and the steps between them."""

from models.referrals import CATEGORIES as CATEGORIES
from models.referrals import Category as Category
from models.referrals import ReferralStatus as S
from workflows.lifecycle import Lifecycle, Step

OPEN_POLICY = Lifecycle(
    "referral",
    S.NOT_UPDATED,
    [Step("set status", frozenset(S), status) for status in S if status is not S.NOT_UPDATED],
)
"""Any status may follow any other, but nothing leads back to "not updated" (FH4)."""
