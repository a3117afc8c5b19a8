"""The command line: one file for each command; here alone Doorward prints, exits and reads the environment.

Takes arguments, gives results on stdout, talk on stderr and one of the exit codes in
`doorward.cli.main`. Whatever can be said without the machine at hand lives on a lower floor.
"""
