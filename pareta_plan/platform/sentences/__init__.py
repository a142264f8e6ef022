"""Texts as vectors: a small sentence model, exact to the bit on every machine.

May know the user's cache and how pinned files are pulled, and nothing of tasks.
"""
