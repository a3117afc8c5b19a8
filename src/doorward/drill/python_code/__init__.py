"""Python source of inert implants: literals, decoders, exits, ways to run, places to stand.

Takes a `Chance`; gives source text that parses. None of it is ever run.
"""
