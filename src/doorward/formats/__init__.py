"""Bytes to nouns and back: strict, one spelling for each value, input never changed.

One file for each format. Takes text or bytes, gives values of `doorward.model`, refuses whatever
has two readings. Touches neither disk nor clock.
"""
