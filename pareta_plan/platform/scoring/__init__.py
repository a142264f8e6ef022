"""Answers held against what rows expect. May know models and invoices, but no store."""
