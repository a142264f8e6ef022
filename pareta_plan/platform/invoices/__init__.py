"""Invoices drawn from rows, as documents to train and to measure on.

May know what a document is and files of data.
"""
