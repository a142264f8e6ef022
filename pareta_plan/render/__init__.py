"""Values as text and JSON; pure functions that know nothing of terminals."""
