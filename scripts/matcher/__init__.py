"""What the semantic matcher learns from, and how: made by a developer, never at run time."""
