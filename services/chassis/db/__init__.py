"""Postgres: the engine, transactions that carry the caller, repositories, and the SQL of tenancy."""
