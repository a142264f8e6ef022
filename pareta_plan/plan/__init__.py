"""From lockfile and platform to a plan: changes with their reasons and steps, and what is refused.

It reads the platform through a `Reader`, which can't write, and knows no apply; `make` is pure.
"""
