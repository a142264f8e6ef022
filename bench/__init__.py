"""Measurements of the installed program beside others; they print, and assert nothing."""
