"""What runs models: a module a runtime, with `load(task, options, progress)`, and what they share.

May know all of `models` but the fleet; each is imported only when the table of runtimes is asked.
"""
