"""Everything that is shown, one file a thing, as text for people and as JSON for scripts.

It may know the values of every room but the command line's, and neither prints nor reads anything.
"""
