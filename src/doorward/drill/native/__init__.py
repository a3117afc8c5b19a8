"""Native and managed programs built at run time: benign libraries in two versions, and inert additions.

Takes a `Scene` with compilers; gives bytes. The additions sit behind conditions that never hold,
their payloads are random bytes, and nothing built is ever loaded.
"""
