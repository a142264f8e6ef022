"""A project's rules held against a plan: what breaks them, and what of that is waived.

Pure functions of the rules, the manifests, the lockfile, the plan and a day; nothing is read.
"""
