"""The embedded platform: the Pareta HTTP contract served from one process, on real models.

An honest remote: of the project it may know `errors`, `user_cache`, `version` and `wire` alone.
"""
