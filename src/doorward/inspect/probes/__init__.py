"""Probes: one file in, typed traits out. One file per kind of content, behind one interface.

A probe says what is there, with evidence; it never judges. It runs in a confined worker process,
so a crash costs one file's examination, which is then reported as `NotExamined`.
"""
