"""A report in, text out: one pure function per output, which the command line prints.

Takes `Report` values (`terminal`, `document` for JSON, `sarif`, `markdown`, `html`) or several
updates with their reports (`many`). Nothing here reads a file, the environment or the clock.
Everything quoted comes from the accused: each output escapes it in its own way (`escape`).
"""
