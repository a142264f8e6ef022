"""Eval sets, and runs that score them. May know the catalog, models, scoring and the store."""
