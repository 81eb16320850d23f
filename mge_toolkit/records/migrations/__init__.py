"""The steps from one revision of the tables to the next, as Alembic scripts.

A new one is a module in ``versions`` whose ``revision`` is the next number, added to ``REVISIONS`` in ``schema``;
it says in full what it changes and takes nothing from ``schema``, which goes on changing. It runs in one
transaction, on SQLite with foreign keys enforced, so that a table is changed rather than made anew.
"""
