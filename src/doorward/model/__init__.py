"""The nouns: frozen values from the standard library only, no behaviour beyond their own consistency.

Takes nothing, gives the words every other room speaks: digest, artifact, member, trait, drift,
finding, report. Change a value with `dataclasses.replace`.
"""
