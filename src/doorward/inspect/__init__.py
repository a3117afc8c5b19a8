"""Inspect: two releases in, what changed out, and is it a back door?

Takes artifacts on disk and ports to the world; gives a `Report`. Refuses to answer *clear* for
anything it could not examine. The flow, one module each, in order:

    open/ → pairing → probes/ → drift → judge → explain/

Nothing here runs, imports or builds what it inspects.
"""
