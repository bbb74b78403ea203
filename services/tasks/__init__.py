"""Background work as operators of the platform see it: what waits, runs and is held, in which queue, and why.

Owns no tables of its own: the queue is the chassis's (schema `jobs`), and `services/chassis/jobs/inspection.py` holds
the statements. Publishes and consumes nothing. Calls no other service.
"""
