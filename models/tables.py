"""Every table, for whoever needs them all: migrations, `node(id)`, the tests."""

from models.base import Base
from models.chapters import Chapter
from models.clients import Client, ClientGroup, ClientNavigator, ClientType, ClientWarning
from models.delegations import Delegation
from models.engagements import CaseManagerAssignment, Engagement, Outcome
from models.events import Event, Log
from models.goals import Goal
from models.idempotency import IdempotencyKey
from models.images import ClientImage
from models.invitations import Invitation
from models.letters import Letter
from models.list_views import ListView
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
from models.notifications import Notification, NotificationPreference
from models.organizations import Group, Organization, Site
from models.partners import Activation, BusinessUnit, CaseManager, Confirmation, Position
from models.people import Membership, MembershipRole, Placement, Role, Session, User
from models.phases import AutomaticAssignment, Persona, Phase, PhaseApprover, PhaseWarning
from models.programs import Program, ProgramSite
from models.progressions import Approval, DenialMail, Progression
from models.referrals import Referral, StatusLink

__all__ = [
    "Activation",
    "Approval",
    "AutomaticAssignment",
    "Base",
    "BusinessUnit",
    "CaseManager",
    "CaseManagerAssignment",
    "Chapter",
    "Client",
    "ClientGroup",
    "ClientImage",
    "ClientNavigator",
    "ClientType",
    "ClientWarning",
    "Confirmation",
    "Delegation",
    "DenialMail",
    "Engagement",
    "Event",
    "Goal",
    "Group",
    "IdempotencyKey",
    "Invitation",
    "Letter",
    "ListView",
    "Log",
    "Membership",
    "MembershipRole",
    "Mentor",
    "MentoringAssignment",
    "MentoringMail",
    "MentoringNote",
    "MentoringOpening",
    "MentoringRequest",
    "MentoringSession",
    "MentoringTransfer",
    "Note",
    "Notification",
    "NotificationPreference",
    "Organization",
    "Outcome",
    "Persona",
    "Phase",
    "PhaseApprover",
    "PhaseWarning",
    "Placement",
    "Position",
    "Program",
    "ProgramSite",
    "Progression",
    "Referral",
    "Role",
    "Session",
    "Site",
    "StatusLink",
    "User",
]  # fmt: skip
