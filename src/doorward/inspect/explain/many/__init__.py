"""Several updates in one report, worst first: what a change of lock files brings in.

Takes `doorward.model.update.Updates`; one file for each output, each with a pure `render`. An update
without a report is *undecided* with its reason, a package without a forerunner is said to be so, and
artifacts that nobody inspected are counted in the first line: forty updates are clear only if forty
were looked at.
"""
