"""From lockfile and platform to a plan: changes, reasons, steps, refusals; what becomes of each.

It reads the platform through a `Reader`, which can't write, and knows no apply; `make` is pure.
"""
