"""Every table, for whoever needs them all: migrations, `node(id)`, the tests."""

from models.base import Base
from models.clients import Client, ClientGroup, ClientNavigator, ClientType, ClientWarning
from models.events import Event, Log
from models.goals import Goal
from models.idempotency import IdempotencyKey
from models.images import ClientImage
from models.invitations import Invitation
from models.letters import Letter
from models.notes import Note
from models.notifications import Notification, NotificationPreference
from models.organizations import Group, Organization, Site
from models.partners import Activation, BusinessUnit, CaseManager, Confirmation, Position
from models.people import Membership, MembershipRole, Placement, Role, Session, User
from models.programs import Program, ProgramSite
from models.referrals import Referral, StatusLink

__all__ = [
    "Activation", "Base", "BusinessUnit", "CaseManager", "Client", "ClientGroup", "ClientImage", "ClientNavigator",
    "ClientType", "ClientWarning", "Confirmation", "Event", "Goal", "Group", "IdempotencyKey", "Invitation", "Letter",
    "Log", "Membership", "MembershipRole", "Note", "Notification", "NotificationPreference", "Organization",
    "Placement", "Position", "Program", "ProgramSite", "Referral", "Role", "Session", "Site", "StatusLink", "User",
]  # fmt: skip
