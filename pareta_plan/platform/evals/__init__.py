"""Eval sets, their documents, and runs that score them in the background.

May know the catalog, models, scoring and the store; of serving only how an answer is written.
"""
