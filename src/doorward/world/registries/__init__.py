"""Package registries, asked over HTTP as their ordinary clients are set up, never through them.

Takes a name, an exact version and which file is wanted; gives an `Artifact` on this machine's disk
whose bytes carry the digest that the registry publishes. Refuses bytes with another digest, and
files whose registry publishes no strong one. Never builds, installs, resolves or runs anything:
`pip download` of an sdist runs its `setup.py`, so no client is ever called.

Specifications: PEP 503, 629, 691, 700, 740 (PyPI); the npm registry's package metadata and
Subresource Integrity; Debian's repository format. One file for each registry, beside
`settings` (what the clients are set up to use), `shelf` (downloads kept by content) and `catalogue`.
"""
