"""Background work as people see it: what waits, runs and is held, in which queue, how far it is, and why it ended.

Starts registered kinds, on request and by schedules; cancels, retries, replays; keeps who asked and who steered. The
queue itself is the chassis's (schema `jobs`, `services/chassis/jobs`). Owns the requests and the record of actions.
Publishes and consumes nothing. Calls no other service.
"""
