"""What runs on a GitHub runner: inputs become a command, its reports outputs and a comment.

It drives the command line as a process, reads the reports that it leaves, and knows GitHub's API
and the runner's files; of plans and models it knows what the reports say.
"""
