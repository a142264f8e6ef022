"""Answers held against what rows expect: a row at a time, and a whole board.

May know the catalog, models and invoices to draw, but neither a store nor a request.
"""
