"""Telling people: inboxes with a live stream, mail and text messages, and what each person wants of them.

Owns: notifications, preferences by type and channel, deliveries (QUEUED, SENDING, SENT, SUPPRESSED, FAILED, UNKNOWN,
see `lifecycle.py`) with a row for every attempt, and the mailbox of development. `operations/delivery.py` is the one
way out of the house; campaigns and compliance will go through it too.
Publishes: NotificationPosted, AccountMessageSent. Consumes: every event of visit, deal, partnership and messaging that
concerns somebody (`notices.py` is the list), identity's UserErased and AccountMessageWritten. Calls: identity's
ResolveUsers, for names, addresses and languages, and GetAccountMessage, for its own links and notices; visit's
ResolveVisitInvitation, for what goes into calendars.
"""
