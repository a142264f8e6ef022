"""The embedded platform: the Pareta HTTP contract served from one process, on real models.

An honest remote: it shares `wire`, `errors` and `intervals` with the client and nothing else.
"""
