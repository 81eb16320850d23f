"""Runs the scripts on the connection that is handed in, in its transaction. Alembic executes this file."""

from __future__ import annotations

from alembic import context

from mge_toolkit.records.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
