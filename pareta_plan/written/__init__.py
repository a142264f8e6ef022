"""What people write into files, as plain data that knows where it stands, and what is said of it.

It is given bytes; it knows neither what the data is for nor the disk.
"""
