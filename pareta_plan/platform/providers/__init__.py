"""Servers of models that somebody else runs: addresses, keys, calls, answers, prices, identities.

May know the platform's data and documents, errors, and the user's folders; no catalog, no store.
"""
