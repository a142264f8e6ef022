"""Everything that is shown, one file a thing, as text for people.

It may know the values of plans, of policy and of all below, and neither prints nor reads anything.
"""
