"""Kinds of task: how answers look and are scored. May know data files, but no task or model."""
