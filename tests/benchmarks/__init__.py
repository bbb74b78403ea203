"""Measurements, run by `make bench` only: figures, and ratios against a ceiling or a rival taken in the same run.

Machines are shared and noisy, so a goal is a ratio: all sides of a comparison alternate within one script, the median
of the rounds counts, and CPU time from /proc is reported beside the wall clock. Nothing here is asserted by the tests.
"""
