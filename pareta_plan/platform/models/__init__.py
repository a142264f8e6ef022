"""What answers, and what it costs. May know the catalog and invoices, but no store."""
