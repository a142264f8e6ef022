"""What can be asked for: tasks, their models and boards, and the task that an intent means.

May know kinds of task and files of data; of what runs a model it knows only the name.
"""
