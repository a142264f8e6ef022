"""Rows that others published: packages named and pinned, fetched, read as data and split.

May know the user's cache and how packages are fetched, and nothing of tasks; runs nothing of them.
"""
