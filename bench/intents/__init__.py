"""Intents by the manner in which they are written: some to learn from, others to measure on."""
