"""One folder: its manifests, rows, settings and lockfile, read and written so that they stay whole.

It knows the disk and the formats; of a platform it knows nothing.
"""
