"""What a command ended with, as files and streams for reviewers and machines, one module a format.

It may know the values of every room but the command line's, and neither prints nor reads anything.
"""
