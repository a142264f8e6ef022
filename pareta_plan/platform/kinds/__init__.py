"""Kinds of task: what the answers of each look like, how they are scored and how asked for.

May know files of data and the wire's values, but no task, model or store.
"""
