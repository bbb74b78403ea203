"""Telemetry: what headsets record, taken in exactly once, and what it shows about a home.

Owns sessions, the positions of their streams, samples (packed, a row per batch), discrete events (a row each), rollups
per session and name, and rejected events. An acknowledgement means committed; what is sent again is stored once; what
is not stored has a reason that can be read.

    headset -> servicer/stream -> wire (columns) -> validation -> operations/storing -> repository/committer -> Postgres

States of a session: ACTIVE -> ENDED (by the headset), ACTIVE -> ABANDONED (by the server, after hours of silence).
Publishes SessionEnded. Consumes nothing. Calls nobody.
"""
