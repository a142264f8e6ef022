"""What an eval showed, and whether it suffices: evidence, the bounds it is judged by, the gates.

It may know the manifest's gates, the lockfile's records and the wire; sentences are `render/`'s.
"""
