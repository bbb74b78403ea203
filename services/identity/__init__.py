"""Accounts, sign-in, sessions, organisations with their teams and roles, invitations, API keys, and the audit log.

Owns: users (ACTIVE, DELETED), sessions with their refresh tokens, organisations, memberships, roles, teams, invitations
(PENDING, ACCEPTED, REVOKED, EXPIRED), keys of servers and headsets (ACTIVE, REVOKED, EXPIRED), the chained audit log;
see `lifecycle.py` for the verbs and `permissions.py` for what may be allowed. Signs the access tokens of the suite and
answers the other services whether a session or key still lives (CheckSession, VerifyApiKey).
Publishes: UserCreated, UserUpdated, UserDeleted, UserUndeleted, UserErased, OrganizationCreated, MemberAdded,
MemberRolesChanged, MemberRemoved, SessionRevoked, ApiKeyRevoked, AccountMessageWritten. Consumes: AccountMessageSent of
outreach, which sends its links and notices. Calls no other service.
"""
