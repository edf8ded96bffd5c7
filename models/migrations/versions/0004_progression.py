"""Progression: phases, engagements, submissions and their approvals, delegations, saved views of lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    """Apply."""
    op.create_table('delegations',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('organization_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('delegator_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('delegate_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('status', sa.Text(), server_default='planned', nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('planned', 'active', 'ended')", name=op.f('delegations_status_check')),
    sa.CheckConstraint('delegator_id <> delegate_id', name=op.f('delegations_two_people_check')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('delegations_period_check')),
    sa.ForeignKeyConstraint(['delegate_id'], ['users.id'], name=op.f('delegations_delegate_id_fkey')),
    sa.ForeignKeyConstraint(['delegator_id'], ['users.id'], name=op.f('delegations_delegator_id_fkey')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('delegations_organization_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('delegations_pkey'))
    )
    op.create_index('delegations_active_idx', 'delegations', ['delegate_id', 'delegator_id'], unique=False, postgresql_where=sa.text("status = 'active'"))
    op.create_index('delegations_delegator_id_idx', 'delegations', ['delegator_id'], unique=False)
    op.create_index(op.f('delegations_organization_id_idx'), 'delegations', ['organization_id'], unique=False)
    op.create_table('list_views',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('user_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('list', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('arguments', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('pinned', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('list_views_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('list_views_pkey')),
    sa.UniqueConstraint('user_id', 'list', 'name', name=op.f('list_views_user_id_list_name_key'))
    )
    op.create_index('list_views_one_pinned_key', 'list_views', ['user_id', 'list'], unique=True, postgresql_where=sa.text('pinned'))
    op.create_table('personas',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('organization_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('personas_organization_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('personas_pkey')),
    sa.UniqueConstraint('organization_id', 'name', name=op.f('personas_organization_id_name_key'))
    )
    op.create_table('phases',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('program_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('phases_program_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('phases_pkey')),
    sa.UniqueConstraint('program_id', 'position', name=op.f('phases_program_id_position_key'))
    )
    op.create_table('automatic_assignments',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('phase_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('campus_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('delay_seconds', sa.Integer(), server_default=sa.text('120'), nullable=False),
    sa.CheckConstraint('delay_seconds >= 0', name=op.f('automatic_assignments_delay_seconds_check')),
    sa.ForeignKeyConstraint(['campus_id'], ['sites.id'], name=op.f('automatic_assignments_campus_id_fkey')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('automatic_assignments_phase_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('automatic_assignments_pkey')),
    sa.UniqueConstraint('phase_id', 'campus_id', name=op.f('automatic_assignments_phase_id_campus_id_key'))
    )
    op.create_index(op.f('automatic_assignments_campus_id_idx'), 'automatic_assignments', ['campus_id'], unique=False)
    op.create_table('engagements',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('client_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('organization_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('program_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('phase_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('campus_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('persona_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('status', sa.Text(), server_default='active', nullable=False),
    sa.Column('revision', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('previous_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('case_manager_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('leader_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('assignment_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('alerted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(status = 'inactive') = (ended_at is not null)", name=op.f('engagements_ended_check')),
    sa.CheckConstraint("status in ('active', 'inactive')", name=op.f('engagements_status_check')),
    sa.ForeignKeyConstraint(['campus_id'], ['sites.id'], name=op.f('engagements_campus_id_fkey')),
    sa.ForeignKeyConstraint(['case_manager_id'], ['users.id'], name=op.f('engagements_case_manager_id_fkey')),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('engagements_client_id_fkey')),
    sa.ForeignKeyConstraint(['leader_id'], ['users.id'], name=op.f('engagements_leader_id_fkey')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('engagements_organization_id_fkey')),
    sa.ForeignKeyConstraint(['persona_id'], ['personas.id'], name=op.f('engagements_persona_id_fkey')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('engagements_phase_id_fkey')),
    sa.ForeignKeyConstraint(['previous_id'], ['engagements.id'], name=op.f('engagements_previous_id_fkey')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('engagements_program_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('engagements_pkey'))
    )
    op.create_index(op.f('engagements_campus_id_idx'), 'engagements', ['campus_id'], unique=False)
    op.create_index('engagements_caseload_idx', 'engagements', ['case_manager_id'], unique=False, postgresql_where=sa.text("status = 'active'"))
    op.create_index('engagements_client_id_started_at_idx', 'engagements', ['client_id', 'started_at', 'id'], unique=False)
    op.create_index(op.f('engagements_leader_id_idx'), 'engagements', ['leader_id'], unique=False)
    op.create_index('engagements_one_active_key', 'engagements', ['client_id', 'program_id'], unique=True, postgresql_where=sa.text("status = 'active'"))
    op.create_index('engagements_organization_id_started_at_idx', 'engagements', ['organization_id', 'started_at', 'id'], unique=False)
    op.create_index(op.f('engagements_phase_id_idx'), 'engagements', ['phase_id'], unique=False)
    op.create_index(op.f('engagements_program_id_idx'), 'engagements', ['program_id'], unique=False)
    op.create_table('phase_approvers',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('phase_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('role_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('user_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.CheckConstraint("(kind = 'leader' and num_nonnulls(role_id, user_id) = 0) or (kind = 'role' and role_id is not null and user_id is null) or (kind = 'person' and user_id is not null and role_id is null)", name=op.f('phase_approvers_kind_check')),
    sa.CheckConstraint('number in (1, 2)', name=op.f('phase_approvers_number_check')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('phase_approvers_phase_id_fkey')),
    sa.ForeignKeyConstraint(['role_id'], ['roles.id'], name=op.f('phase_approvers_role_id_fkey')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('phase_approvers_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('phase_approvers_pkey')),
    sa.UniqueConstraint('phase_id', 'number', name=op.f('phase_approvers_phase_id_number_key'))
    )
    op.create_index(op.f('phase_approvers_role_id_idx'), 'phase_approvers', ['role_id'], unique=False)
    op.create_index(op.f('phase_approvers_user_id_idx'), 'phase_approvers', ['user_id'], unique=False)
    op.create_table('phase_warnings',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('phase_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('threshold', sa.Integer(), nullable=False),
    sa.CheckConstraint('threshold between 1 and 100', name=op.f('phase_warnings_threshold_check')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('phase_warnings_phase_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('phase_warnings_pkey')),
    sa.UniqueConstraint('phase_id', 'area', name=op.f('phase_warnings_phase_id_area_key'))
    )
    op.create_table('case_manager_assignments',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('engagement_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('case_manager_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('assigned_by_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('candidates', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assigned_by_id'], ['users.id'], name=op.f('case_manager_assignments_assigned_by_id_fkey')),
    sa.ForeignKeyConstraint(['case_manager_id'], ['users.id'], name=op.f('case_manager_assignments_case_manager_id_fkey')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('case_manager_assignments_engagement_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('case_manager_assignments_pkey'))
    )
    op.create_index(op.f('case_manager_assignments_case_manager_id_idx'), 'case_manager_assignments', ['case_manager_id'], unique=False)
    op.create_index('case_manager_assignments_engagement_id_started_at_idx', 'case_manager_assignments', ['engagement_id', 'started_at', 'id'], unique=False)
    op.create_index('case_manager_assignments_one_current_key', 'case_manager_assignments', ['engagement_id'], unique=True, postgresql_where=sa.text('ended_at is null'))
    op.create_table('outcomes',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('engagement_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('percent between 0 and 100', name=op.f('outcomes_percent_check')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('outcomes_engagement_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('outcomes_pkey')),
    sa.UniqueConstraint('engagement_id', 'area', name=op.f('outcomes_engagement_id_area_key'))
    )
    op.create_table('progressions',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('client_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('organization_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('program_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('engagement_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('engagement_revision', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), server_default='pending', nullable=False),
    sa.Column('waits_for', sa.Integer(), nullable=True),
    sa.Column('from_phase_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('phase_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('campus_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('persona_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('warnings', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('submitted_by_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('replaces_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('result_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('version', sa.Integer(), server_default=sa.text('1'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'persona') = (persona_id is not null)", name=op.f('progressions_persona_check')),
    sa.CheckConstraint("(kind = 'phase') = (phase_id is not null)", name=op.f('progressions_phase_check')),
    sa.CheckConstraint("(status = 'pending') = (waits_for is not null)", name=op.f('progressions_waits_for_check')),
    sa.CheckConstraint("kind in ('phase', 'persona')", name=op.f('progressions_kind_check')),
    sa.CheckConstraint("status in ('pending', 'approved', 'denied', 'withdrawn')", name=op.f('progressions_status_check')),
    sa.ForeignKeyConstraint(['campus_id'], ['sites.id'], name=op.f('progressions_campus_id_fkey')),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('progressions_client_id_fkey')),
    sa.ForeignKeyConstraint(['engagement_id'], ['engagements.id'], name=op.f('progressions_engagement_id_fkey')),
    sa.ForeignKeyConstraint(['from_phase_id'], ['phases.id'], name=op.f('progressions_from_phase_id_fkey')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('progressions_organization_id_fkey')),
    sa.ForeignKeyConstraint(['persona_id'], ['personas.id'], name=op.f('progressions_persona_id_fkey')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('progressions_phase_id_fkey')),
    sa.ForeignKeyConstraint(['program_id'], ['programs.id'], name=op.f('progressions_program_id_fkey')),
    sa.ForeignKeyConstraint(['replaces_id'], ['progressions.id'], name=op.f('progressions_replaces_id_fkey')),
    sa.ForeignKeyConstraint(['result_id'], ['engagements.id'], name=op.f('progressions_result_id_fkey')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['users.id'], name=op.f('progressions_submitted_by_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('progressions_pkey'))
    )
    op.create_index('progressions_client_id_created_at_idx', 'progressions', ['client_id', 'created_at', 'id'], unique=False)
    op.create_index(op.f('progressions_engagement_id_idx'), 'progressions', ['engagement_id'], unique=False)
    op.create_index('progressions_one_open_key', 'progressions', ['client_id', 'kind'], unique=True, postgresql_where=sa.text("status = 'pending'"))
    op.create_index('progressions_open_idx', 'progressions', ['created_at', 'id'], unique=False, postgresql_where=sa.text("status = 'pending'"))
    op.create_index('progressions_organization_id_created_at_idx', 'progressions', ['organization_id', 'created_at', 'id'], unique=False)
    op.create_table('approvals',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('progression_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('approver_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('role_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('decision', sa.Text(), nullable=True),
    sa.Column('comments', sa.Text(), nullable=True),
    sa.Column('decided_by_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('on_behalf_of_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("decision in ('approved', 'denied')", name=op.f('approvals_decision_check')),
    sa.CheckConstraint("decision is distinct from 'denied' or comments is not null", name=op.f('approvals_denied_with_comments_check')),
    sa.CheckConstraint('num_nonnulls(role_id, approver_id) = 1', name=op.f('approvals_one_approver_check')),
    sa.CheckConstraint('num_nulls(decision, decided_at, decided_by_id) in (0, 3)', name=op.f('approvals_decided_check')),
    sa.CheckConstraint('number in (1, 2)', name=op.f('approvals_number_check')),
    sa.ForeignKeyConstraint(['approver_id'], ['users.id'], name=op.f('approvals_approver_id_fkey')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('approvals_decided_by_id_fkey')),
    sa.ForeignKeyConstraint(['on_behalf_of_id'], ['users.id'], name=op.f('approvals_on_behalf_of_id_fkey')),
    sa.ForeignKeyConstraint(['progression_id'], ['progressions.id'], name=op.f('approvals_progression_id_fkey')),
    sa.ForeignKeyConstraint(['role_id'], ['roles.id'], name=op.f('approvals_role_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('approvals_pkey')),
    sa.UniqueConstraint('progression_id', 'number', name=op.f('approvals_progression_id_number_key'))
    )
    op.create_index(op.f('approvals_approver_id_idx'), 'approvals', ['approver_id'], unique=False)
    op.create_index(op.f('approvals_role_id_idx'), 'approvals', ['role_id'], unique=False)
    op.create_table('denial_mails',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('progression_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('user_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['progression_id'], ['progressions.id'], name=op.f('denial_mails_progression_id_fkey')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('denial_mails_user_id_fkey')),
    sa.PrimaryKeyConstraint('id', name=op.f('denial_mails_pkey')),
    sa.UniqueConstraint('progression_id', 'user_id', name=op.f('denial_mails_progression_id_user_id_key'))
    )
    op.create_index(op.f('denial_mails_user_id_idx'), 'denial_mails', ['user_id'], unique=False)
    op.add_column('memberships', sa.Column('leader_id', sa.Uuid(as_uuid=False), nullable=True))
    op.create_foreign_key(op.f('memberships_leader_id_fkey'), 'memberships', 'users', ['leader_id'], ['id'])
