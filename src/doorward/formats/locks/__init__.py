"""Lock files to the packages they pin: uv, pylock (PEP 751), pip requirements, npm, Poetry, pnpm.

Takes the bytes of one file, gives a `Lock`. Refuses duplicate keys, missing fields, hashes that are
none, and whatever has two readings, naming file and line. One file for each format; `reading` picks.
"""
