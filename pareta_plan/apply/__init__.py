"""An apply: brakes, order, the steps of each change, and what is journaled and recorded of them.

It alone writes on a platform; it knows plans, policy, gates and the project, not the command line.
"""
