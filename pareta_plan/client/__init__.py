"""The Pareta platform from Python: one implementation, for blocking and for asynchronous code.

It knows the wire's values and the errors, and nothing of projects.
"""
