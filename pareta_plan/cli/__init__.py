"""The command line: arguments, environment, printing and exit codes, one file a command.

It alone prints, reads the environment and starts the embedded platform; it may use every room.
"""
