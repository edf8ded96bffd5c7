"""Every table, for whoever needs them all: migrations, `node(id)`, the tests."""

from models.base import Base
from models.chapters import Chapter
from models.clients import Client, ClientNavigator
from models.events import Event, Log
from models.goals import Goal
from models.idempotency import IdempotencyKey
from models.mentoring import (
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringOpening,
    MentoringRequest,
    MentoringSession,
    MentoringTransfer,
)
from models.mentors import Mentor
from models.notes import Note
from models.organizations import Group, Organization, Site
from models.people import Membership, MembershipRole, Placement, Role, Session, User
from models.programs import Program, ProgramSite
from models.referrals import Referral, StatusLink

__all__ = [
    "Base", "Chapter", "Client", "ClientNavigator", "Event", "Goal", "Group", "IdempotencyKey", "Log", "Membership",
    "MembershipRole", "Mentor", "MentoringAssignment", "MentoringMail", "MentoringNote", "MentoringOpening",
    "MentoringRequest", "MentoringSession", "MentoringTransfer", "Note", "Organization", "Placement", "Program",
    "ProgramSite", "Referral", "Role", "Session", "Site", "StatusLink", "User",
]  # fmt: skip
