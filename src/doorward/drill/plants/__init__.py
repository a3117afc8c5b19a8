"""Plants: one function per family that puts something inert into the newer release of a pair.

Takes a `Scene`; changes `scene.new` in memory. Adds nothing that would do harm if it ran, and runs
nothing but compilers handed in by the caller.
"""
