"""Where a lockfile comes from: what is said of it for a signer, and whether a signature holds.

Knows projects and their lockfiles; what verifies a signature is a library's, loaded when asked for.
"""
