"""Values found in texts, by form and context. May know the standard library alone."""
