"""What outlives the process, in SQLite. May know refusals and parsing, but no task or model."""
