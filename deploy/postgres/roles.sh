#!/bin/sh
# Runs once, when the database container makes its cluster: the roles and the database of the suite.
# The same as services/stack/postgres_access.py makes on one machine; a test compares the two.
set -eu
# Passwords go through the environment and psql's \getenv: arguments are visible to every process.
psql -X -q -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD
CREATE ROLE doorstep_owner LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE doorstep_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE doorstep_system NOLOGIN;
GRANT doorstep_system TO doorstep_app WITH INHERIT FALSE, SET TRUE;
CREATE DATABASE doorstep OWNER doorstep_owner;
REVOKE ALL ON DATABASE doorstep FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE doorstep TO doorstep_app;
\connect doorstep
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
