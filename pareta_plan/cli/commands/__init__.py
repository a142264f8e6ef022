"""The commands, a module each: `pareta-plan force-unlock` is `force_unlock.command`.

A module is imported only when its command is called, and what it needs comes from all rooms.
"""
