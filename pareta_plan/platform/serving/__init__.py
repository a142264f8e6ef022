"""Endpoints: deployed, measured, and asked in OpenAI's wire format.

May know the catalog, models and the store.
"""
