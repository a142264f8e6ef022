"""Invoices drawn from rows. May know what a document is, and data files."""
