"""Which hosts models are asked at: the vendors' own, and addresses that no provider may have.

Ground: any room may stand on it, and it knows nothing.
"""
