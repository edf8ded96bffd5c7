"""Alembic's entry: migrations run on the connection that models.migrations.migrate hands over."""

from alembic import context

from models.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    include_name=lambda name, type_, parents: type_ != "table" or not (name or "").startswith("pgqueuer"),
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
