"""Models: what each can be asked, what an answer costs, and which are loaded.

May know the catalog, documents and, to train on, invoices, but neither a store nor a request.
"""
