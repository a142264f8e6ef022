"""Files for reviewers and machines: what a plan or an apply says, as they read it.

It may know every value below it and the sentences of `render/`; it reads no file and asks nobody.
"""
