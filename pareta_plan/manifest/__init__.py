"""What a team writes: manifests and the project file, as values that know where they stand.

It is given bytes, and knows neither the disk nor a platform.
"""
