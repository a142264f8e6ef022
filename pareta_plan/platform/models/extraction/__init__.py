"""Values found in texts, by their form and by the words around them.

May know the standard library alone.
"""
