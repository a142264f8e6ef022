"""An intent becomes a decision: what the catalog makes of a manifest, kept until it is asked anew.

It knows the project and the platform's catalog, and writes the lockfile; endpoints it never sees.
"""
