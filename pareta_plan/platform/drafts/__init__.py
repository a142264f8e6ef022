"""A task drafted from labelled rows: its kind and answers, its split, and the files to write.

It is given rows as values, and knows neither the files they came from nor a project.
"""
