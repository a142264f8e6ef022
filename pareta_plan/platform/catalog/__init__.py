"""Tasks, their models and boards, and what an intent means. May know kinds, and data files."""
