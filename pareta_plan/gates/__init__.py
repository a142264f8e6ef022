"""What an eval showed, and whether it suffices: evidence, the bounds it is judged by, the gates.

It may know the manifest's gates, the lockfile's records and what the wire answers, and no sentence.
"""
