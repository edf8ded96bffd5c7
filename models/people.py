"""People with an account: where they belong, what they may do there, and their sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped

from models.base import Base, Id, Versioned, identity, reference
from models.search import FULL_NAME, by_words, key_of, words_of


class Permission(StrEnum):
    """What a role may allow inside its organization."""

    MAKE_REFERRALS = "make referrals"
    VIEW_CLIENTS = "view clients"
    EDIT_CLIENTS = "edit clients"
    MANAGE_PROGRAMS = "manage programs"
    MANAGE_ORGANIZATION = "manage organization"
    COORDINATE_INTAKE = "coordinate intake"
    OVERRIDE_LIMITS = "override mentor limits"
    MANAGE_PARTNERS = "manage partners"
    CASE_NUMBERS = "case numbers"
    INVITE_CLIENTS = "client account invitations"
    BAN_CLIENTS = "client account bans"
    DELETE_CLIENTS = "delete clients"
    CARRY_CASELOAD = "carry caseload"
    MANAGE_CASELOADS = "manage caseloads"
    APPROVE_OWN = "approve own submissions"


class User(Versioned, Base):
    """A person who can sign in."""

    __tablename__ = "users"
    __table_args__ = (
        Index("users_email_key", func.lower(text("email")), unique=True),
        by_words("users"),
        Index("users_phone_search_idx", text("phone_key(phone)")),
    )

    id: Mapped[Id] = identity()
    email: Mapped[str]
    password_hash: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    name_key: Mapped[str] = key_of(FULL_NAME)
    name_words: Mapped[Any] = words_of(FULL_NAME)
    phone: Mapped[str | None]
    banned_at: Mapped[datetime | None]


class Session(Base):
    """One sign-in: access tokens name it, and its refresh token changes with every use."""

    __tablename__ = "sessions"

    id: Mapped[Id] = identity()
    user_id: Mapped[Id] = reference("users", index=True)
    refresh_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Role(Base):
    """What an organization lets some of its members do."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    name: Mapped[str]
    permissions: Mapped[list[str]]


class Membership(Base):
    """That a person belongs to an organization, from one day to another."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "memberships_one_current_key",
            "user_id",
            "organization_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        # Where somebody came to first, for the names of many people.
        Index(
            "memberships_home_idx",
            "user_id",
            "started_at",
            "id",
            postgresql_include=["organization_id"],
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[Id] = identity()
    user_id: Mapped[Id] = reference("users")
    organization_id: Mapped[Id] = reference("organizations", index=True)
    leader_id: Mapped[Id | None] = reference("users", nullable=True)
    """To whom they submit what has to be approved."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MembershipRole(Base):
    """A role that a member has."""

    __tablename__ = "membership_roles"

    membership_id: Mapped[Id] = reference("memberships", primary_key=True)
    role_id: Mapped[Id] = reference("roles", primary_key=True, index=True)


class Placement(Base):
    """Where in the organization a member works: at a site, on a program (a claimer), or in a group."""

    __tablename__ = "placements"
    __table_args__ = (
        CheckConstraint("num_nonnulls(site_id, program_id, group_id) = 1", name="one_place"),
        Index("placements_membership_id_idx", "membership_id"),
        Index(
            "placements_one_current_key",
            "membership_id",
            func.coalesce(text("site_id"), text("program_id"), text("group_id")),
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[Id] = identity()
    membership_id: Mapped[Id] = reference("memberships")
    site_id: Mapped[Id | None] = reference("sites", nullable=True)
    program_id: Mapped[Id | None] = reference("programs", nullable=True, index=True)
    group_id: Mapped[Id | None] = reference("groups", nullable=True, index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
