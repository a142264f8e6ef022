"""Endpoints, deployed and asked. May know the catalog, models and the store."""
