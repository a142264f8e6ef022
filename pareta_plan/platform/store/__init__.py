"""What outlives the process: one SQLite database, and locks shared with other processes.

May know refusals and parsing, but nothing of tasks or models.
"""
